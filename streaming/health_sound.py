"""Is a camera's sound what it should be: silent, clipping, or heard on one side only. Pure."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

SoundFault = Literal["sound_silent", "sound_clipping", "sound_unbalanced"]
SOUND_FAULTS: tuple[SoundFault, ...] = ("sound_silent", "sound_clipping", "sound_unbalanced")

SILENT_DB = -75.0  # below the noise of any microphone that is connected
FULL, CLIPPING_SHARE = 0.99, 0.001  # of the samples
UNBALANCED_DB, HEARD_DB = 20.0, -50.0  # between the sides; of the louder

Samples = NDArray[np.float32]


def sound_faults(samples: Samples) -> set[SoundFault]:
    """samples: of some seconds, shape (channels, n), full scale 1.0. None at all is silence."""
    levels = [level_db(channel) for channel in samples]
    if max(levels, default=-np.inf) < SILENT_DB:
        return {"sound_silent"}
    found: set[SoundFault] = set()
    if float((np.abs(samples) >= FULL).mean()) >= CLIPPING_SHARE:
        found.add("sound_clipping")
    if max(levels) >= HEARD_DB and max(levels) - min(levels) >= UNBALANCED_DB:
        found.add("sound_unbalanced")
    return found


def level_db(channel: Samples) -> float:
    """Root mean square without the constant part, dB of full scale."""
    power = float(np.var(channel.astype(np.float64))) if channel.size else 0.0
    return 10 * float(np.log10(power)) if power > 0 else -np.inf
