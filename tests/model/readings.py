"""Where the specification leaves two readings open, a step picks one; the journal may follow either.

A step is run once for every combination of picks. What agrees with the journal is kept as a hypothesis
about the state, so that an early pick is judged by all that follows from it.
"""


class Picks:
    """The picks of one run of a step: those of `prefix`, then the first option of each."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.taken = []

    def pick(self, what, options):
        """One of `options`; the first is how the specification is read when nothing speaks against it."""
        options = list(dict.fromkeys(options))
        if len(options) == 1:
            return options[0]
        place = len(self.taken)
        index = self.prefix[place] if place < len(self.prefix) else 0
        self.taken.append((what, index, options))
        return options[index]

    def unusual(self):
        """The picks that were not the first option, in words."""
        return [f"{what}: {options[index]}" for what, index, options in self.taken if index > 0]

    def following(self):
        """The prefix of the next run, or None when all were tried."""
        for place in reversed(range(len(self.taken))):
            _, index, options = self.taken[place]
            if index + 1 < len(options):
                return [taken[1] for taken in self.taken[:place]] + [index + 1]
        return None


def every(step, most=64):
    """Runs `step` with each combination of picks, at most `most`."""
    prefix = []
    for _ in range(most):
        picks = Picks(prefix)
        yield step(picks), picks
        prefix = picks.following()
        if prefix is None:
            return
