/** Why the workers cannot serve. */
export class KeeperError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'KeeperError';
    this.exitCode = exitCode;
  }
}
