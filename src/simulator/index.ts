export { SIMULATED_DIALECTS, type SimulatedDialect } from './ask.ts';
export { HABITS, type Habit, readHabit } from './habits.ts';
export type { LoggedRequest, Meter } from './meter.ts';
export { PERSONALITIES, type Personality } from './model-name.ts';
export type { ScriptOptions } from './playlist.ts';
export {
  isScriptError,
  parseScript,
  type Script,
  ScriptError,
  type ScriptedCall,
  type ScriptName,
  SIMULATED_STATUSES,
} from './script.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
