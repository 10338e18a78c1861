"""What is wrong with a camera's picture or sound while it records, and what to do, in words for the console. Pure but
for the catalogues. The codes are those of `streaming/health.py`."""

from __future__ import annotations

from gettext import NullTranslations


def sentence(t: NullTranslations, code: str, name: str) -> str | None:
    """code: of table camera_state; name: the camera's. None: it is no fault of picture or sound."""
    said = {
        "black": t.gettext("%(name)s: the picture is black. See to the lens cap and the light; voting goes on."),
        "over_exposed": t.gettext(
            "%(name)s: the picture is white. Shade the lens or lower the exposure; voting goes on."
        ),
        "covered": t.gettext("%(name)s: something covers the lens. Take it away; voting goes on."),
        "frozen": t.gettext("%(name)s: the picture stands still. Restart the camera; voting goes on."),
        "moved": t.gettext("%(name)s: it was moved. Turn it back, or let it learn its view anew; voting goes on."),
        "wrong_view": t.gettext(
            "%(name)s: not its usual view. Turned away? Another camera? Mend it, or let it learn its "
            "view anew; voting goes on."
        ),
        "blurred": t.gettext("%(name)s: the picture is blurred. Clean the lens and focus it; voting goes on."),
        "sound_silent": t.gettext("%(name)s: no sound. See to the microphone and its cable; voting goes on."),
        "sound_clipping": t.gettext("%(name)s: the sound is too loud and torn. Lower its level; voting goes on."),
        "sound_unbalanced": t.gettext("%(name)s: sound on one side only. See to the other’s cable; voting goes on."),
    }.get(code)
    return said % {"name": name} if said is not None else None
