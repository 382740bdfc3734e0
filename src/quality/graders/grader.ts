import type * as z from 'zod';
import { type Answer, answerText } from '../../model/answer.ts';
import type { ChatRequest } from '../../model/chat-request.ts';

/** One answer as graders see it. */
export interface AnswerSeen {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
  readonly answer: Answer;
  /** What it answers. */
  readonly request: ChatRequest;
}

/** What a grader found. */
export interface Grade {
  /** From 0 to 1. */
  readonly score: number;
  readonly pass: boolean;
  /** Why not, or what was seen: one short line. */
  readonly because: string;
}

/** A demand on answers whose options have been read. */
export interface ReadAssertion {
  /** What is demanded, on one line. */
  readonly label: string;
  /** Never throws. */
  grade(answer: AnswerSeen): Grade;
}

/** Judges answers by what they say and by nothing else: no time, no chance, no I/O. */
export interface PureGrader {
  readonly kind: 'pure';
  readonly name: string;
  /** Of what the suite writes after the grader's name. */
  readonly schema: z.ZodType;
  /** `written` is what `schema` accepts. Throws for what it does not. */
  read(written: unknown): ReadAssertion;
}

/** Somebody else has to be asked: a model, or a module of the suite's author. */
export interface AskedGrader {
  readonly kind: 'asked';
  readonly name: string;
  readonly schema: z.ZodType;
  /** Throws for what `schema` does not accept. */
  label(written: unknown): string;
}

export type Grader = PureGrader | AskedGrader;

/** A grader from its parts, each of which sees the options parsed. */
export function pureGrader<S extends z.ZodType>(
  name: string,
  schema: S,
  parts: {
    label(options: z.output<S>): string;
    grade(options: z.output<S>, answer: AnswerSeen): Grade;
  },
): PureGrader {
  return {
    kind: 'pure',
    name,
    schema,
    read(written) {
      const options = schema.parse(written);
      return { label: parts.label(options), grade: (answer) => parts.grade(options, answer) };
    },
  };
}

export function askedGrader<S extends z.ZodType>(
  name: string,
  schema: S,
  label: (options: z.output<S>) => string,
): AskedGrader {
  return { kind: 'asked', name, schema, label: (written) => label(schema.parse(written)) };
}

export function answerSeen(answer: Answer, request: ChatRequest): AnswerSeen {
  return {
    text: answerText(answer),
    toolCalls: answer.parts.flatMap((part) =>
      part.type === 'tool-call' ? [{ name: part.name, arguments: part.arguments }] : [],
    ),
    answer,
    request,
  };
}

export function passed(because: string): Grade {
  return { score: 1, pass: true, because };
}

export function missed(because: string): Grade {
  return { score: 0, pass: false, because };
}

/** A share of what was asked for; passes from `threshold` on. */
export function partly(score: number, threshold: number, because: string): Grade {
  const bounded = Math.min(1, Math.max(0, score));
  return { score: bounded, pass: bounded >= threshold, because };
}

/** Text of an answer for a line of words: quoted, on one line, and short. */
export function shown(text: string, most = 80): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > most ? `${line.slice(0, most)}…` : line);
}
