"""The CRM: what is known of customers is kept up to date."""
