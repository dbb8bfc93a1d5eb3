"""Cases of closed sets: every way a thing between app and broker can be set wrong, with what is right to say of each.

Several answers can be right for one symptom; `right` names them, the best one first."""
from .cases import case


def member(*right, unsaid=None, uncertain=False):
    """A member of a set. `unsaid`: a cure or cause that would be wrong here. `uncertain`: nothing may be called certain."""
    def register(function):
        def run(lab):
            answer = function(lab)
            if answer.found in right:
                answer.found = right[0]
            first = (answer.report.get("causes") or [{}])[0]
            if unsaid and unsaid in str(first.get("cures", "")) + str(first.get("cause", "")):
                answer.found += f" (and says {unsaid})"
            if uncertain and first.get("certainty") == "certain":
                answer.found += " (and is certain)"
            return answer
        case(right[0], name=function.__name__, layer="ways", is_long=True, slowest=14.0)(run)
        return function
    return register
