/** A prompt with one of everything. */
export const TRIAGE = `
description: Sorts a message to a shop.
notes: The queue names are those of the ticket system.
role: You sort messages to {{ shop }}.
context: |
  Queues: {{ queues | join: ", " }}.
rules:
  - Choose one queue.
  - "{% if vip %}Say that somebody calls today.{% endif %}"
output:
  brevity: Be concise.
  maxTokens: 300
examples:
  - { input: My parcel is late., output: delivery }
user: "Message: {{ message }}"
variables:
  shop: { type: string, description: name of the shop }
  message: { type: string, maxLength: 2000 }
  queues: { type: list, default: [delivery, billing] }
  vip: { type: boolean, default: false }
`;

/** A prompt that wants JSON and brings a tool. */
export const EXTRACT = `
role: You read orders.
rules: [Copy numbers as they are.]
tools:
  - name: look_up
    description: Finds an order.
    when: the number is incomplete
    parameters: { type: object, properties: { id: { type: string } }, required: [id] }
`;

/** A prompt whose answers are JSON. */
export const FIELDS = `
role: You read orders.
output:
  schema:
    type: object
    properties: { order: { type: string }, total: { type: number } }
    required: [order, total]
    additionalProperties: false
`;

/** Words for the primary alone. */
export const ALONE = `
role: You speak like the primary.
primaryOnly: { reason: the wording was tuned on it, until: "2999-12-31" }
`;
