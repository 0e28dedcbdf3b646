//! Several processes, one session: exactly one of them refreshes, and all of them use what it got.

mod support;

use bearcat::demo::faults::Reuse;
use support::world::{Ran, Running, World};

/// Starts them all before it waits for the first.
fn eight(world: &World, args: &[&str]) -> Vec<Ran> {
    let running: Vec<_> = (0..8).map(|_| Running::start(args, &mut world.bearcat(args))).collect();
    running.into_iter().map(Running::finish).collect()
}

/// A session whose access token was due when it was given; the next ones live long.
fn world_with_a_due_session() -> World {
    let world = World::with(|faults| faults.access_lifetime = 0);
    world.login_jane().expect(0);
    world.demo.faults().update(|faults| {
        faults.access_lifetime = 86_400;
        // Nothing forgives a second refresh with the same refresh token.
        faults.rotation_grace = 0;
        faults.reuse = Reuse::RevokesFamily;
    });
    world
}

#[test]
fn eight_processes_refresh_a_due_session_once() {
    let world = world_with_a_due_session();
    let ran = eight(&world, &["token", "--as", "jane"]);
    let first = ran[0].out.clone();
    for ran in ran {
        let ran = ran.expect(0);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), (first.as_str(), ""));
    }
    assert_eq!(world.demo.token_posts("refresh_token"), 1);
    // The refresh token that was stored is the one that works.
    world.run(&["token", "--as", "jane", "--refresh"]).expect(0);
    assert_eq!(world.demo.token_posts("refresh_token"), 2);
}

#[test]
fn eight_processes_that_are_refused_renew_the_session_once() {
    let world = world_with_a_due_session();
    world.run(&["token", "--as", "jane"]).expect(0);
    assert_eq!(world.demo.token_posts("refresh_token"), 1);
    // What the processes hold is refused from now on: the provider has changed its keys, and publishes only the new.
    world.demo.rotate_keys();
    world.demo.faults().update(|faults| {
        faults.published_keys = bearcat::demo::faults::PublishedKeys::CurrentOnly;
        faults.always_new_access_token = true;
    });
    for ran in eight(&world, &["send", "orders.http#orders", "--json"]) {
        let sent = ran.expect(0).json();
        assert_eq!(sent["response"]["status"], 200, "{sent:#}");
    }
    assert_eq!(world.demo.token_posts("refresh_token"), 2);
}

#[test]
fn a_session_that_ends_in_one_process_has_ended_in_all() {
    let world = world_with_a_due_session();
    world.demo.faults().update(|faults| faults.refresh_lifetime = 0);
    world.run(&["token", "--as", "jane"]).expect(0);
    for ran in eight(&world, &["token", "--as", "jane", "--refresh"]) {
        ran.expect(3).says(&["session of `jane` has ended"]);
    }
}

#[test]
fn processes_that_sign_in_at_once_all_keep_their_session() {
    let world = World::new();
    let names: Vec<_> = (0..4).map(|number| format!("machine-{number}")).collect();
    let client = bearcat::demo::directory::M2M_CLIENT;
    let running: Vec<_> = names
        .iter()
        .map(|name| {
            let audience = bearcat::demo::directory::AUDIENCE;
            let grant = ["--client-credentials", "--client-id", client.id, "--audience", audience, "--name", name];
            let args = [&["login", world.issuer()][..], &grant].concat();
            Running::start(&args, world.bearcat(&args).env("BEARCAT_CLIENT_SECRET", client.secret.unwrap()))
        })
        .collect();
    for ran in running.into_iter().map(Running::finish) {
        ran.expect(0);
    }
    for name in &names {
        world.run(&["whoami", "--as", name]).expect(0).prints(&[name, "verified"]);
    }
}
