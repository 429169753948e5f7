"""Who may see the journey of goods (docs/api.md).

The record of an item is for anyone who has its full code: serials are random, so that
is who holds it. The numbers of lots and logistic units can be guessed, so their
journeys are for the parties that handled them.
"""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from provenance.core import gs1
from provenance.core.check.result import Result
from provenance.core.record.state import GLN, GoodsState
from provenance.models import Membership


def may_see_journey(user: AbstractBaseUser | AnonymousUser, result: Result) -> bool:
    """Whether `user` may see more of the subject of `result` than verdict, issuer,
    product and loop.
    """
    if gs1.parse_subject(result.subject).kind is gs1.SubjectKind.ITEM:
        return True
    if not user.is_authenticated:
        return False
    return Membership.objects.filter(user=user.pk, party__gln__in=involved(result)).exists()


def involved(result: Result) -> set[str]:
    """GLNs of the parties that signed, were handed or hold the subject of `result`."""
    glns: set[str] = set()
    for entry in result.history:
        goods = entry.record.goods
        glns.add(entry.record.issuer)
        glns |= (
            {gln for gln in (goods.sender, goods.receiver) if gln} if goods is not None else set()
        )
    if isinstance(result.state, GoodsState):
        glns |= {
            holder.removeprefix(GLN) for holder in result.state.holdings if holder.startswith(GLN)
        }
    return glns
