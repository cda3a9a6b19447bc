#!/usr/bin/env bash
# Signs in to Azure anew every so many seconds, for jobs of more than an hour: the login of azure/login ends after one
# (Azure/login#372), and with it the way to Pulumi's state and key. Runs until the job ends; usage: keep-signed-in.sh [SECONDS]
set -uo pipefail
every=${1:-1500}
while sleep "$every"; do
  token=$(curl -sSf --max-time 30 -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" | jq -r .value) || continue
  az login --service-principal --username "$ARM_CLIENT_ID" --tenant "$ARM_TENANT_ID" --federated-token "$token" \
    --output none || echo "Azure could not be signed in to anew; the next try is in $every s" >&2
done
