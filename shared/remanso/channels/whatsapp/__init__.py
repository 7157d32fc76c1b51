"""WhatsApp Cloud API: signature and payload on the way in, the Graph client and its errors on the way out."""
