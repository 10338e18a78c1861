"""`council init`: a commented council.toml for a real hall."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """\
# Hlasno: one installation. Every line can be changed; `council check` says what is wrong.
# Times are in the body's own time zone on every page; the ledger keeps UTC.

municipality = "Зразкове"          # the city, as its pages call it
language = "uk"                    # the language pages open in: uk, en, pl, ro or mr; left out: the first body's
data = "data"                      # everything that is kept: database, recordings, keys. Back up this folder.
# live = "/run/hlasno/live"        # where recorder and public site meet for live video; if left out, a folder in `data`

# archive_cache_gb = 5             # of what was fetched from an archive (below) to be shown; a folder in `data`

# The ledger's name in its signed checkpoints. It must never change once the first sitting has been opened.
origin = "zrazkove-council.hlasno"

# An outside PostgreSQL 15 or newer. Without it (and without DATABASE_URL) the command brings its own.
# database_url = "postgresql://hlasno@db.zrazkove.example/hlasno"

[public]                           # the citizens' site
host = "127.0.0.1"                 # behind a reverse proxy that speaks HTTPS
port = 8080
# url = "https://golos.zrazkove.example"
# The proxy's own address, as this machine sees it. Without it all visitors look like one, and limits meant for one
# visitor cannot be kept; with a wrong one visitors could say that they are others.
# trusted_proxies = ["127.0.0.1"]

[hall]                             # terminals, console, display: the hall's own network only
host = "127.0.0.1"
port = 8081
# Desks make a key of their own, which browsers do only over https (or on this machine itself). Either a reverse proxy
# speaks HTTPS, or the hall itself does: council certificate zala.zrazkove.example
# url = "https://zala.zrazkove.example"
# trusted_proxies = ["127.0.0.1"]  # where a reverse proxy stands before the hall
# certificate = "data/secrets/hall.pem"
# key = "data/secrets/hall.key"

[access]
second_factor = "required"         # all but auditors: a code or passkey beside the password; or "optional"

# --- who sits ------------------------------------------------------------------------------------

[[body]]
id = "zrazkove-council"            # stands in addresses for ever: small letters, digits, hyphens
name = "Зразківська міська рада"
seats = 3                          # the total composition by law, the mayor included where the law counts the mayor
profile = "ua"                     # rules of procedure: a shipped name, or a path to your own copy
locale = "uk"                      # of names and papers; left out: the one its rules of procedure are written in
timezone = "Europe/Kyiv"
training = false                   # true: an invented council for practice, marked on every screen
video = "live"                     # when the recording may be seen: at once, or "record_then_publish": once released
seat_by = "seating"                # how a desk knows its member: "seating", or the member signs in by "card" or "pin"

  # One [[body.member]] for each member. `desk` is the desk's number in the hall.
  # Drohobych's own roster files are read by: council import drohobych --roster deputies.json
  [[body.member]]
  id = "1"
  family_name = "Прикладенко"
  given_name = "Марія"
  patronymic = "Іванівна"
  faction = "Зразкова фракція"
  desk = 1

  [[body.member]]
  id = "2"
  family_name = "Шаблонюк"
  given_name = "Петро"
  patronymic = "Олексійович"
  desk = 2

# --- cameras -------------------------------------------------------------------------------------

# [[camera]]
# id = "hall-1"
# name = "Зала засідань"
# url = "rtsp://192.0.2.10:554/stream1"   # H.264; `council camera find` and `council camera set-up` find it
# record = "sittings"                     # from 30 s before the opening until 60 s after the closing; else always
# group = "main"                          # cameras of one group are recorded by one process, apart from other groups
# login = "hall-1.login"                  # a file beside this one with the camera's name:password
# body = "zrazkove-council"

# --- archives ------------------------------------------------------------------------------------
# Where old recordings are moved to: `council footage move SITTING`, or `--older-than DAYS`. The site shows them from
# there. Files are written once and never again; what was fetched to be shown is kept for a while (archive_cache_gb).

# [[archive]]
# id = "archive"                           # stands in the index for ever: small letters, digits, hyphens
# url = "s3://zrazkove-footage/hall"       # bucket and prefix, or a folder of another disk: "file:///mnt/archive"
# endpoint = "https://s3.zrazkove.example" # of the provider; left out: Amazon's own
# region = "eu-central-1"
# keys = "archive.keys"                    # a file beside this one, for its owner alone (chmod 600), with one line,
#                                          # access-key:secret-key; left out: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
# authority = "archive.pem"                # where the storage has a certificate of the council's own

# --- sittings ------------------------------------------------------------------------------------
# Sittings can also be made in the hall (/prepare) or by `council sitting create`. Once an agenda was changed
# there, what stands here is not read for it any more.

[[sitting]]
body = "zrazkove-council"
date = 2027-01-15
session_label = "I сесія"
kind = "plenary"

  [[sitting.item]]
  title = "Про затвердження порядку денного"
  seconds = 20                     # time limit of the vote; without it the vote is open-ended

  [[sitting.item]]
  title = "Інформація міського голови"
  vote = false                     # heard without a vote
"""


def write(path: Path) -> None:
    """Raises FileExistsError: a configuration is never overwritten."""
    with path.open("x", encoding="utf-8") as file:
        file.write(TEMPLATE)
