//! Probing the selected request: asked for, followed, and looked at row by row.

use crate::app::App;
use crate::app::effect::{Effect, ProbeRequest};
use crate::app::probe::{ProbeId, ProbeLayer, ProbeRefusal, ProbeStage, ProbeStep};
use crate::app::state::{Layer, Tone};
use crate::app::update::scroll::Step;
use crate::diagnose::probe::judge::RouteReport;
use crate::keys::action::Action;

impl App {
    /// `p`: asks first; each probe is a request of its own.
    pub(super) fn open_probe(&mut self) {
        let Some(request) = self.state.selected_request() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let title = format!("{} {}", request.method.text, request.label());
        let layer = ProbeLayer {
            id: ProbeId(self.next_probe),
            request: request.id.clone(),
            title,
            confirmed: Vec::new(),
            stage: ProbeStage::Asking(None),
        };
        self.push(Layer::Probe(Box::new(layer)));
    }

    fn probe_mut(&mut self) -> Option<&mut ProbeLayer> {
        self.state.layers.iter_mut().find_map(|layer| match layer {
            Layer::Probe(probe) => Some(probe.as_mut()),
            _ => None,
        })
    }

    pub(super) fn probe_action(&mut self, action: Action) {
        match action {
            Action::Back => self.leave_probe(),
            Action::Accept => self.accept_probe(),
            Action::RunAll => self.probe_again(),
            Action::Up => self.probe_step(Step::Up(1)),
            Action::Down => self.probe_step(Step::Down(1)),
            Action::PageUp => self.probe_step(Step::PageUp),
            Action::PageDown => self.probe_step(Step::PageDown),
            Action::First => self.probe_step(Step::First),
            Action::Last => self.probe_step(Step::Last),
            _ => {}
        }
    }

    pub(super) fn probe_step(&mut self, step: Step) {
        let view = self.state.viewports.layer;
        let content = self.state.contents.map(|contents| contents.layer);
        let Some(ProbeLayer { stage: ProbeStage::Done { report, selected, detail }, .. }) = self.probe_mut() else {
            return;
        };
        match detail {
            Some(scroll) => *scroll = step.scrolled(*scroll, view, content),
            None => *selected = step.selected(*selected, report.judgements.len() + report.rows.len(), view),
        }
    }

    /// A row of the report was pressed.
    pub(super) fn press_probe(&mut self, row: usize) {
        if let Some(ProbeLayer { stage: ProbeStage::Done { report, selected, detail: detail @ None }, .. }) =
            self.probe_mut()
            && row < report.judgements.len() + report.rows.len()
        {
            (*selected, *detail) = (row, Some(0));
        }
    }

    /// Enter: yes, or the selected row at full length.
    fn accept_probe(&mut self) {
        let Some(probe) = self.probe_mut() else { return };
        match &mut probe.stage {
            ProbeStage::Asking(origin) => {
                probe.confirmed.extend(origin.take());
                self.send_probes();
            }
            ProbeStage::Done { detail: detail @ None, .. } => *detail = Some(0),
            ProbeStage::Done { .. } | ProbeStage::Running(_) | ProbeStage::Failed(_) => {}
        }
    }

    /// Esc: back from the detail; else everything ends here.
    pub(super) fn leave_probe(&mut self) {
        let Some(probe) = self.probe_mut() else { return };
        if let ProbeStage::Done { detail: detail @ Some(_), .. } = &mut probe.stage {
            *detail = None;
            return;
        }
        let (id, is_running) = (probe.id, probe.is_running());
        self.state.layers.retain(|layer| !matches!(layer, Layer::Probe(_)));
        if is_running {
            self.effect(Effect::CancelProbe(id));
            self.notice(Tone::Neutral, "Probing was cancelled");
        }
    }

    fn probe_again(&mut self) {
        if self.probe_mut().is_some_and(|probe| !probe.is_running() && !matches!(probe.stage, ProbeStage::Asking(_))) {
            self.send_probes();
        }
    }

    fn send_probes(&mut self) {
        self.next_probe += 1;
        let id = ProbeId(self.next_probe);
        let (environment, identity, act_as) =
            (self.state.environment.clone(), self.state.identity.clone(), self.state.act_as);
        let Some(probe) = self.probe_mut() else { return };
        (probe.id, probe.stage) = (id, ProbeStage::Running(None));
        let (request, confirmed) = (probe.request.clone(), probe.confirmed.clone());
        let carrier = self.state.carriers.get(&request).copied();
        let request = ProbeRequest { id, request, environment, identity, act_as, carrier, confirmed };
        self.effect(Effect::Probe(Box::new(request)));
    }

    pub(in crate::app) fn probe_progress(&mut self, id: ProbeId, step: ProbeStep) {
        if let Some(probe) = self.probe_mut().filter(|probe| probe.id == id && probe.is_running()) {
            probe.stage = ProbeStage::Running(Some(step));
        }
    }

    pub(in crate::app) fn probe_ended(&mut self, id: ProbeId, result: Result<Box<RouteReport>, ProbeRefusal>) {
        let Some(probe) = self.probe_mut().filter(|probe| probe.id == id && probe.is_running()) else { return };
        probe.stage = match result {
            Ok(report) => ProbeStage::Done { report, selected: 0, detail: None },
            Err(ProbeRefusal::NeedsConfirmation(origin)) => ProbeStage::Asking(Some(origin)),
            Err(ProbeRefusal::Failed(problem)) => ProbeStage::Failed(problem),
        };
    }
}
