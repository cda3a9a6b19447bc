#!/usr/bin/env bash
# Judges $FILES (a path a line): findings to $SARIF, and for people to the log and the job's summary.
set -euo pipefail

mapfile -t files < <(grep -v '^[[:space:]]*$' <<< "$FILES" || true)
if [ "${#files[@]}" -eq 0 ]; then
  echo "expected paths of manifests in the input files, a line each, got none" >&2
  exit 2
fi
arguments=(--offline "${files[@]}")
if [ -n "${POLICY:-}" ]; then arguments+=(--policy "$POLICY"); fi

node "$PROGRAM" "${arguments[@]}" --output sarif > "$SARIF"
echo "sarif=$SARIF" >> "$GITHUB_OUTPUT"

# The score counts once everything was told.
code=0
if [ "${THRESHOLD:-0}" != 0 ]; then arguments+=(--threshold "$THRESHOLD"); fi
told=$(node "$PROGRAM" "${arguments[@]}") || code=$?
echo "$told"
{
  echo '### spot-ready'
  echo '```'
  echo "$told"
  echo '```'
} >> "$GITHUB_STEP_SUMMARY"
exit "$code"
