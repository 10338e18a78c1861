"""The hall's web app: seat terminal, clerk's console, hall display, and their websockets."""
