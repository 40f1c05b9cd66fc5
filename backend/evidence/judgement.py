"""The judgement of a claim, with measures that know how they are computed."""

from typing import TypeAlias

from backend.evidence.final_value import AnyMeasure
from skiplab.contract import evidence as contract

PartVerdict: TypeAlias = contract.PartVerdict[AnyMeasure]
Judgement: TypeAlias = contract.Judgement[AnyMeasure]
