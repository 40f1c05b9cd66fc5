"""`skiplab evidence`."""

from typing import Annotated

import typer

from skiplab.cli.chosen import chosen
from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson, Experiment, Runs
from skiplab.cli.output import print_json
from skiplab.contract.printable import printable

Claims = Annotated[str | None, typer.Option("--claims", help="Key of one set of claims; all by default.")]
Target = Annotated[float | None, typer.Option(help="Target test accuracy of times to a target, such as 0.6.")]


def evidence(
    runs: Runs = None,
    experiment: Experiment = None,
    claims: Claims = None,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Judge claims on runs: verdict, effect with its interval, seeds, caveats, and what is missing.

    Examples: `skiplab evidence -e depth`, `skiplab evidence -e depth --claims report --json`
    """
    with the_lab() as lab:
        found = lab.evidence(chosen(lab, runs, experiment), claims=claims, target=target)
    if as_json:
        print_json(found)
        return
    for each in found.sets:
        print(f"{printable(each.title)} ({each.key})")
        for claim in each.claims:
            print(f"\n  {claim.id}: {printable(claim.sentence)}")
            print(f"      {claim.verdict}: {printable(claim.why)}")
            for finding in claim.judgements[0].findings if claim.judgements else ():
                print(f"      caveat: {printable(finding.sentence)}")
            if claim.missing is not None:
                print(f"      missing: {printable(claim.missing.why)}")
        print()
    for problem in found.problems:
        print(f"Not used: {printable(problem)}")
