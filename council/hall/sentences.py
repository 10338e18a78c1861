"""The sentences of a page's errors, by code."""

from __future__ import annotations

from council.words import translations


def said(code: str, locale: str) -> str:
    """An unknown code: there is no such page."""
    t = translations(locale, "hall")
    match code:
        case "wrong_password":
            return t.gettext("Name or password is wrong.")
        case "wrong_own":
            return t.gettext("Your own password is not right. Nothing was changed.")
        case "wrong_factor":
            return t.gettext("This code or passkey was not accepted. Each code works once: wait for the next one.")
        case "sign_in_again":
            return t.gettext("The sign-in took too long, or there were too many tries. Please begin again.")
        case "too_many_tries":
            return t.gettext("Too many tries. Wait %(seconds)d seconds and try again.")
        case "too_many_requests":
            return t.gettext("Too much is asked from this address at once. Wait %(seconds)d s and try again.")
        case "bad_code":
            return t.gettext(
                "This code is not valid. Look for a slip; it works once, for ten minutes. "
                "If that is not it, ask the clerk for a new one."
            )
        case "expired_code":
            return t.gettext(
                "This code has expired: one is good for ten minutes, and no longer once the clerk revokes the seat’s "
                "key. Ask the clerk for a new one and type it here."
            )
        case "bad_key":
            return t.gettext("This device sent no key of its own. Load the page again, or use another browser.")
        case "key_lost":
            return t.gettext("This browser has lost the key of its seat. Ask the clerk for a new code.")
        case "ended_sitting":
            return t.gettext("The sitting has closed, and your sign-in ended a quarter of an hour later.")
        case "ended_account":
            return t.gettext(
                "Your sign-in was ended: the account’s password, role or second step was changed, or the account was "
                "closed. If you know nothing of it, ask an administrator."
            )
        case "ended_signed_out":
            return t.gettext("You have signed out.")
        case "ended_expired":
            return t.gettext(
                "Your sign-in has ended by itself: it lasts %(hours)d hours, and %(sitting)d hours if it goes with a "
                "sitting."
            )
        case "stale_form":
            return t.gettext("This page was open for too long. Please try again.")
        case "zero_byte":
            return t.gettext("What was sent holds a zero byte, which no text has. Nothing was changed.")
        case "no_database":
            return t.gettext("The database does not answer. Try again in a moment; nothing was changed.")
        case "no_sitting":
            return t.gettext("This sitting is not in the hall now.")
        case "not_rehearsed":
            return t.gettext("This sitting has not been rehearsed.")
        case "not_opened":
            return t.gettext("This sitting has not been opened: there is nothing to print.")
        case "no_vote":
            return t.gettext("This sitting has no vote of this number.")
        case "no_sheet":
            return t.gettext("This vote is not closed yet: its sheet can be printed afterwards.")
        case "page_not_allowed":
            return t.gettext("Your role does not include this page.")
        case "bad_password":
            return t.gettext("A password has 10 to 200 characters.")
        case "bad_staff_name":
            return t.gettext("A sign-in name has up to 63 small Latin letters, digits, dots and hyphens.")
        case "bad_name":
            return t.gettext("A name has up to 200 characters, all of which can be seen.")
        case "staff_exists":
            return t.gettext("Somebody signs in with this name already.")
        case "no_staff":
            return t.gettext("Nobody signs in with this name any more.")
        case "no_role":
            return t.gettext("There is no such role.")
        case "own_account":
            return t.gettext("Nobody takes away their own role or account: another administrator does it.")
        case "no_member":
            return t.gettext("There is no such member.")
        case "bad_card":
            return t.gettext(
                "A card’s number has 8 to 64 digits or letters A to Z, not all the same: others could be guessed."
            )
        case "card_taken":
            return t.gettext("Another member has this card.")
        case "bad_pin":
            return t.gettext("A PIN has 4 to 12 digits.")
        case "no_folder":
            return t.gettext("This hall keeps no files.")
        case "not_kept":
            return t.gettext("The file could not be written to the disk. Nothing was kept; tell the technician.")
        case "bad_sitting":
            return t.gettext("A sitting needs a council, a day and a label.")
        case "no_prepared":
            return t.gettext("This is not prepared here, or not any more.")
        case "no_rules":
            return t.gettext("The rules of procedure of this council cannot be read. The log of the hall says why.")
        case "overtaken":
            return t.gettext("Somebody else has changed this agenda meanwhile. This is how it is now; do it again.")
        case "captions_overtaken":
            return t.gettext("Somebody else has made another version meanwhile. This is how it is now; do it again.")
        case "captions_full":
            return t.gettext("This sitting’s captions have had 500 versions. No more are kept.")
        case "agenda_begun":
            return t.gettext("The sitting has been opened: what was prepared for it stays as it was.")
        case "not_known":
            return t.gettext("The database does not answer. Look at this page again soon to see whether it was done.")
        case "no_file":
            return t.gettext("Choose a file.")
        case "bad_desk":
            return t.gettext("A desk has a number from 1 to 99999.")
        case "desk_twice":
            return t.gettext("Two members cannot sit at one desk.")
        case "saved":
            return t.gettext("Saved.")
        case _:
            return t.gettext("There is no such page in the hall.")
