# Of `chaos`: containers evicted, killed and moved. Sourced there.
# shellcheck shell=sh disable=SC2154 # They are set there.

# shellcheck disable=SC2086 # Names are words.
machine 1 "$(base $podman)"
home=$work/node1/root
cp "$bundle"/starling-[0-9]*.tar.gz "$root/scripts/engines/podman.sh" "$home/root/"
cp -r "$root/deploy" "$home/root/"
tar -xzf "$bundle"/starling-[0-9]*.tar.gz -C "$home/opt"
echo "minutes=$minutes" >"$home/root/minutes"
cat >"$home/root/check" <<'CHECK'
#!/bin/sh
set -eu
. /root/podman.sh
. /root/checks.sh
. /root/minutes
trap '[ $? -eq 0 ] || for name in $(podman ps --all --format "{{.Names}}"); do echo "$name: $(podman logs --tail 4 $name 2>&1)"; done' EXIT
cd /tmp
PATH=$PATH:$(echo /opt/starling-*/bin)
/root/deploy/container/build --bundle "$(echo /root/starling-*.tar.gz)" --tag starling:test image.tar >/dev/null
podman load --quiet -i image.tar >/dev/null
starling keygen keys farm >/dev/null
starling enrol keys/farm.key >/dev/null
chown -R 65532:65532 keys
podman network create fleet >/dev/null
bare="--network fleet --read-only --cap-drop all --security-opt no-new-privileges"
run=/var/lib/containers/storage/volumes/runs/_data/runs/a
learner() { # OPTION...
    # shellcheck disable=SC2086 # Options are words.
    podman run --detach --name learner $bare -v runs:/var/lib/starling -v /tmp/keys:/etc/starling/keys:ro starling:test \
        starling learner cartpole --run runs/a --resume-or-begin --keys /etc/starling/keys --bind tcp://0.0.0.0:5555 --log-format json "$@" >/dev/null
}
actor() {
    # shellcheck disable=SC2086
    podman run --detach --name actor$1 --hostname actor$1 $bare --cpus 0.5 -v /tmp/keys/farm.key:/etc/starling/actor.key:ro starling:test \
        starling-actor --learner tcp://learner:5555 --key /etc/starling/actor.key --stay >/dev/null
}
works="tail -n 1 $run/metrics.jsonl | grep '\"parameter_version\":\"'\$(cat $run/generation)'[.]' | grep -q '\"actors_alive\":2'"
quietly() { until_true "$@" >/dev/null; }
learner --set goal.enabled=false
actor 1
actor 2
quietly 60 "$works"
end=$(($(date +%s) + 60 * minutes))
evicted=0 killed=0 moved=0 lost=0
while [ "$(date +%s)" -lt $end ]; do
    sleep 2
    which=$((1 + $(od -An -N1 -tu1 /dev/urandom) % 2))
    case $(($(od -An -N1 -tu1 /dev/urandom) % 4)) in
    0) # Evicted: SIGTERM, and a new pod of another name in its place.
        podman stop --time 15 actor$which >/dev/null
        [ "$(podman inspect --format '{{.State.ExitCode}}' actor$which)" = 0 ] || fail "an evicted actor ended badly"
        podman rm actor$which >/dev/null
        actor $which
        evicted=$((evicted + 1))
        ;;
    1) # Out of memory.
        podman kill actor$which >/dev/null
        podman rm --force --time 0 actor$which >/dev/null
        actor $which
        killed=$((killed + 1))
        ;;
    2) # The learner is evicted to another node.
        podman stop --time 150 learner >/dev/null
        [ "$(podman inspect --format '{{.State.ExitCode}}' learner)" = 0 ] || fail "an evicted learner ended badly"
        podman rm learner >/dev/null
        learner --set goal.enabled=false
        moved=$((moved + 1))
        ;;
    3) # The learner's node is gone.
        podman rm --force --time 0 learner >/dev/null
        learner --set goal.enabled=false
        lost=$((lost + 1))
        ;;
    esac
    quietly 60 "$works"
    starling ledger $run >ledger || fail "the books don't balance: $(tail -n 1 ledger)"
done
echo "actors: $evicted evicted, $killed killed; learners: $moved evicted, $lost killed; generation $(cat $run/generation)"
podman stop --time 150 learner >/dev/null
podman rm learner >/dev/null
learner --set goal.enabled=true
until_true 120 "podman logs learner 2>&1 | grep -q 'Goal reached'"
[ "$(podman wait learner)" = 0 ] || fail "the learner ended badly"
starling ledger $run >ledger || fail "the books don't balance: $(tail -n 1 ledger)"
tail -n 1 ledger
balance $run
echo "no more"
CHECK
within 1 /root/check
