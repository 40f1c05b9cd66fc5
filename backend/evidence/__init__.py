"""From curves to answers: statistics over seeds, claims as data, and verdicts on them."""
