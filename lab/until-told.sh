#!/bin/sh
# Runs a server until the standard input ends: when the lab says so, and also when the lab is gone, however that came about.
#   until-told.sh PROGRAM [ARGUMENT…]   in a process group of its own; ends the whole group
trap : TERM
{
  trap : TERM
  "$@" </dev/null
  echo "ended with status $?" >"$LAB_ENDED"
} &
cat >/dev/null
kill -TERM 0
count=0
while [ ! -e "$LAB_ENDED" ] && [ "$count" -lt 60 ]; do
  sleep 0.05
  count=$((count + 1))
done
kill -KILL 0
