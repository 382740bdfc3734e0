import { type ContractCheck, compileContract } from '../quality/contract-check.ts';
import type { Contract } from '../quality/contract-rules.ts';
import { NO_CONTRACTS } from './broken-contract.ts';
import { textTokens } from './text-tokens.ts';

const ready = new WeakMap<Contract, ContractCheck>();

/** A contract made ready: the first time it is asked for, and then no more. Throws as `compileContract` does. */
export function readyContract(contract: Contract): ContractCheck {
  const known = ready.get(contract);
  if (known) return known;
  const made = compileContract(contract, { countTokens: textTokens });
  ready.set(contract, made);
  return made;
}

/** What every answer to a request has to keep: its route's contract and its prompt's. */
export function contractsOf(route: Contract | undefined, prompt: Contract | undefined): readonly ContractCheck[] {
  if (route === undefined && prompt === undefined) return NO_CONTRACTS;
  return [route, prompt].filter((contract) => contract !== undefined).map(readyContract);
}
