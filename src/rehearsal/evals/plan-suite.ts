import { estimatedInput } from '../../engine/window-fit.ts';
import { neededCases } from '../../quality/parity/needed-cases.ts';
import { baseRequest } from './base-request.ts';
import { matrixOf } from './columns.ts';
import type { EvalHouse } from './house.ts';
import type { RunWish } from './run-suite.ts';
import { assertionsOf, type EvalSuite } from './suite.ts';

export { estimatedInput, neededCases, baseRequest, matrixOf, assertionsOf };
export type { EvalHouse, EvalSuite, RunWish };
