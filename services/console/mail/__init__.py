"""E-mails to people of the team: that somebody needs a person, links to join or to a new password. Off without SMTP."""
