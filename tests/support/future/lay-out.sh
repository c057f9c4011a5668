#!/bin/sh
# The migrations of a program that does not exist yet: lay-out.sh N DIRECTORY puts there what is in
# migrations/ and the first N lines of migrations.sql, each as the next migration.
set -eu

count=$1 place=$2
rm -rf "$place"
mkdir -p "$place"
cp migrations/*.sql "$place/"
newest=$(find migrations -name '*.up.sql' | wc -l)
for i in $(seq "$count"); do
	sed -n "${i}p" tests/support/future/migrations.sql >"$place/$(printf '%04d_future.up.sql' $((newest + i)))"
done
