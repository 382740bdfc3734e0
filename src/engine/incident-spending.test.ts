import { expect, it } from 'vitest';
import { IncidentSpending } from './incident-spending.ts';

it('what an outage has cost adds up, and the next one begins at nothing', () => {
  const incident = new IncidentSpending();
  expect(incident.spent(100)).toBe(0);
  incident.add(100, 3);
  incident.add(100, -1);
  expect([incident.spent(100), incident.spent(200)]).toEqual([2, 0]);
  incident.add(200, 5);
  expect([incident.spent(100), incident.spent(200)]).toEqual([0, 5]);
});

it('a bill of an outage that is over does not count for the one of now', () => {
  const incident = new IncidentSpending();
  incident.add(200, 5);
  incident.add(100, 40);
  expect(incident.spent(200)).toBe(5);
});
