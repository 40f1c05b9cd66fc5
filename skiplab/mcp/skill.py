"""What an agent has to know: rules for the server's instructions, and a SKILL.md."""

RULES = """\
Skiplab launches CNN training runs and judges claims on them.
1. `offers` first: keys of networks, data sets, fields and claims, and your budget.
2. `estimate` before `launch`. Vary `seed` over at least five values, the same ones for every configuration.
3. `wait` until `ended`; call it again until then.
4. `judge` for a verdict. Report it with effect, interval, n and every caveat, or not at all. `supported` and `refuted`\
 settle a claim; `inconclusive` means that it is open, not that there is no effect.
5. If a claim is open, `missing` names the launches that would settle it. Do not add seeds until a verdict pleases you:\
 each look at the data costs a share of alpha.
6. `compare` and `results` describe; they prove nothing.
A refusal says what was given, what is allowed and what to do. Nothing can be deleted."""

SKILL = f"""\
---
name: skiplab
description: Launch CNN training runs in a Skiplab lab, wait for them, compare configurations over seeds, and judge\
 claims with effect, interval and caveats. Use it for questions such as "does squeeze-and-excitation help here?".
---

# Skiplab

{RULES}

## Tools (MCP)

`skiplab mcp` serves these on stdio; a lab serves them at `/mcp`, with a token of scope `agent` as
`Authorization: Bearer TOKEN` (`skiplab token add NAME --scope agent --runs 50 --device-hours 4`).

- `offers(about?)`: networks, data sets, presets, fields, claims, devices, budget
- `estimate(spec, vary, preset?)`: number of runs and time
- `launch(spec, vary, preset?, experiment?, key?)`: queue runs; `key` makes a repeat safe
- `wait(experiment | runs, seconds?)`: until they have ended
- `results(experiment | runs, metrics?)`: each run's best epoch and curves
- `compare(experiment | runs, measures?)`: mean, SD and 95% interval per configuration
- `judge(experiment | runs, claim?, claims?)`: verdicts with their numbers
- `missing(experiment | runs, claim?, claims?)`: what a claim lacks, as launches
- `report(experiment | runs, part?)`: the report as Markdown
- `note(run, text)`: append a line to a run's note

Example: `launch(spec={{"dataset": "cifar10", "epochs": 10}}, vary={{"model": ["resnet18", "se_resnet18"],\
 "seed": [0, 1, 2, 3, 4]}}, experiment="does SE help")`, `wait(experiment="does SE help")`,\
 `judge(experiment="does SE help")`.

## Without MCP

The command line does the same, with `--json` on each command: `skiplab models`, `skiplab data ls`,
`skiplab submit --vary seed=0-4 -e NAME --wait`, `skiplab compare -e NAME`, `skiplab evidence -e NAME`.
`SKIPLAB_URL` and `SKIPLAB_TOKEN` name another lab.
"""
