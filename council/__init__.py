"""The council: people, agendas, sittings and the hall's web app."""
