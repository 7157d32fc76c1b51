"""The ways a contact can reach a business. One so far: WhatsApp."""
