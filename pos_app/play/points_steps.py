"""The steps of a play about points: looked at, used, given back."""

from __future__ import annotations

from decimal import Decimal

from pos_app.play.step import Step


class Points(Step, frozen=True, tag="points"):
    """What the customer of the open sale may have for points, and what it would earn."""

    earns: Decimal | None = None
    """The play ends where it would earn another number."""


class UsePoints(Step, frozen=True, tag="use_points"):
    """F4: the first reward there is, or the one named; waits for the hub where it is asked."""

    reward: str = ""
    timeout_s: int = 30


class GivePointsBack(Step, frozen=True, tag="give_points_back"):
    """F4 again: nothing of them was spent."""


PointsStep = Points | UsePoints | GivePointsBack
