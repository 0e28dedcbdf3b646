//! Sends the cells of a matrix; each answer is a message.

use tokio_util::sync::CancellationToken;

use crate::app::effect::MatrixRequest;
use crate::app::msg::{MatrixCell, Msg};
use crate::diagnose::matrix::{CellId, CellResult};
use crate::shell::effects::Runner;
use crate::shell::matrix::{self, JOBS, MatrixOrder};
use crate::shell::send::Sent;
use crate::shell::tasks::TaskKey;

/// A larger body is not kept for the response panel.
const LARGEST_KEPT: usize = 1024 * 1024;

impl Runner {
    pub(super) fn run_matrix(&mut self, request: MatrixRequest) {
        let services = self.services.clone();
        let messages = self.messages.clone();
        let id = request.id;
        let order = MatrixOrder {
            matrix: request.matrix,
            cells: request.cells,
            environment: request.environment,
            methods: request.methods,
            carriers: request.carriers,
            jobs: JOBS,
            allow_origins: Vec::new(),
            variables: Vec::new(),
        };
        self.spawn(Some(TaskKey::Matrix(id)), async move {
            let workspace = services.workspace();
            // The loop may be slower than the answers come: they wait here, and none is lost.
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            let on_cell = |cell: CellId, result: CellResult, sent: Option<Sent>| {
                let _ = sender.send((cell, result, sent));
            };
            let done = CancellationToken::new();
            let sending = async {
                matrix::run(&services, &workspace, &order, &on_cell).await;
                done.cancel();
            };
            let passing = async {
                loop {
                    let next = tokio::select! {
                        biased;
                        next = receiver.recv() => next,
                        () = done.cancelled() => None,
                    };
                    let Some((cell, result, sent)) = next else { return };
                    let mut outcome = None;
                    if let Some(sent) = sent {
                        if let Some((key, view)) = sent.renewed {
                            let _ = messages.send(Msg::SessionLoaded { key, result: Ok(Some(view)) }).await;
                        }
                        let is_small = sent.outcome.exchange.body.bytes.len() <= LARGEST_KEPT;
                        outcome = is_small.then(|| Box::new(sent.outcome));
                    }
                    let cell = MatrixCell { id: cell, result, outcome };
                    let _ = messages.send(Msg::MatrixCell { id, cell: Box::new(cell) }).await;
                }
            };
            tokio::join!(sending, passing);
            Msg::MatrixEnded { id }
        });
    }
}
