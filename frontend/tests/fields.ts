// A small spec, as the server's schema describes one.
import { readFields } from '../src/model/fields'

export const FIELDS = readFields({
  properties: {
    model: { type: 'string' },
    dataset: { type: 'string' },
    seed: { type: 'integer', minimum: 0, exclusiveMaximum: 2 ** 31, default: 0 },
    epochs: { type: 'integer', title: 'Epochs', description: 'Passes.', minimum: 1, maximum: 1000, default: 10 },
    learning_rate: { type: 'number', exclusiveMinimum: 0, maximum: 10, default: 0.1 },
    milestones: { type: 'array', default: [0.5, 0.75] },
    nesterov: { type: 'boolean', default: true },
    train_limit: { anyOf: [{ type: 'integer', minimum: 10 }, { type: 'null' }] },
    schedule: { type: 'string', enum: ['cosine', 'step'], default: 'cosine' },
  },
})
