//! What can be read off the state: views for `ui` and for `update` itself. Nothing here changes anything.

use crate::app::effect::ActAs;
use crate::app::layers::ImportStage;
use crate::app::request_editor::Input;
use crate::app::session::{SessionState, SessionView};
use crate::app::state::{AppState, FilterMode, FormField, Layer, LoginLayer, LoginStage, Panel, Run, TreeRow};
use crate::collection::origin::RouteNote;
use crate::collection::workspace::Workspace;
use crate::keys::action::Context;
use crate::model::finding::Finding;
use crate::model::identity::{Grant, Identity, IdentityName};
use crate::model::problem::Problem;
use crate::model::request::{AuthDirective, RequestBlock, RequestId, TokenCarrier};
use crate::model::session::TokenKind;

/// A row of the identity switcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityRow<'a> {
    /// As each request says; requests that say nothing use the current identity.
    AsRequestsSay,
    /// Act as this one, whatever requests say.
    Identity(&'a Identity),
    /// Send no token, whatever requests say.
    Anonymous,
}

impl AppState {
    /// The selected request; `None` while a collection or nothing is selected.
    pub fn selected_request(&self) -> Option<&RequestBlock> {
        self.request(self.selected_id()?)
    }

    /// The id of the selected request.
    pub fn selected_id(&self) -> Option<&RequestId> {
        match self.rows.get(self.selected_row)? {
            TreeRow::Request(id) => Some(id),
            TreeRow::Collection { .. } => None,
        }
    }

    /// A request of the workspace.
    pub fn request(&self, id: &RequestId) -> Option<&RequestBlock> {
        self.workspace.as_ref()?.request(id)
    }

    /// The latest run of the selected request.
    pub fn current_run(&self) -> Option<&Run> {
        self.runs.get(self.selected_id()?)
    }

    /// Is any run going on?
    pub fn has_active_run(&self) -> bool {
        self.runs.values().any(|run| run.phase.is_active())
    }

    /// Is this identity defined in the workspace, in the chosen environment?
    pub fn workspace_knows(&self, name: &IdentityName) -> bool {
        let environment = self.environment.as_deref();
        self.workspace.as_ref().is_some_and(|workspace| workspace.identity(environment, name).is_some())
    }

    /// The definition of an identity; `None` for `anonymous` and for names that nothing defines.
    pub fn identity_named(&self, name: &IdentityName) -> Option<&Identity> {
        self.identities.iter().find(|identity| identity.name == *name)
    }

    /// The rows of the identity switcher.
    pub fn identity_rows(&self) -> Vec<IdentityRow<'_>> {
        let identities = self.identities.iter().map(IdentityRow::Identity);
        std::iter::once(IdentityRow::AsRequestsSay).chain(identities).chain([IdentityRow::Anonymous]).collect()
    }

    /// Whose token the selected request carries: nobody's for `# @no-auth`, the chosen identity's when acting as it,
    /// else what the request says, else the current identity's. `None`: no token.
    pub fn effective_identity(&self) -> Option<&IdentityName> {
        self.identity_for(self.selected_request())
    }

    /// The same for any request; for `None`, the current identity.
    pub fn identity_for<'a>(&'a self, request: Option<&'a RequestBlock>) -> Option<&'a IdentityName> {
        let says = match request.and_then(|request| request.directives.auth.as_ref()) {
            Some(AuthDirective::None) => None,
            Some(AuthDirective::Identity { name, .. }) if self.act_as == ActAs::RequestDecides => Some(name),
            _ => self.identity.as_ref(),
        };
        says.filter(|name| !name.is_anonymous())
    }

    /// How the selected request carries its token.
    pub fn effective_carrier(&self) -> TokenCarrier {
        self.selected_request().map(|request| self.carrier_of(request)).unwrap_or_default()
    }

    /// How a request carries its token: as switched with `c`, else as it says, else as a header.
    pub fn carrier_of(&self, request: &RequestBlock) -> TokenCarrier {
        if let Some(carrier) = self.carriers.get(&request.id) {
            return *carrier;
        }
        match &request.directives.auth {
            Some(AuthDirective::Identity { carrier, .. }) => *carrier,
            _ => TokenCarrier::default(),
        }
    }

    /// What the session of the shown identity lacks of what it asks for.
    pub fn session_findings(&self) -> Vec<Finding> {
        let identity = self.shown_identity().and_then(|name| self.identity_named(name));
        let view = identity.and_then(|identity| self.sessions.get(&identity.name)).and_then(SessionState::view);
        view.zip(identity).map(|(view, identity)| view.findings(identity)).unwrap_or_default()
    }

    /// The identity that the token panel and `l`, `L`, `r` are about: the selected request's, else the current one.
    pub fn shown_identity(&self) -> Option<&IdentityName> {
        let current = self.identity.as_ref().filter(|name| !name.is_anonymous());
        self.effective_identity().or(current)
    }

    /// What is known of the session of [`Self::shown_identity`].
    pub fn current_session(&self) -> Option<&SessionState> {
        self.sessions.get(self.shown_identity()?)
    }

    /// The session of [`Self::shown_identity`], if there is one.
    pub fn current_view(&self) -> Option<&SessionView> {
        self.current_session()?.view()
    }

    /// The tab of the token panel.
    pub fn shown_token(&self) -> TokenKind {
        self.token_tab.unwrap_or(TokenKind::Access)
    }

    /// The sign-in layer, wherever it is in the stack.
    pub fn login(&self) -> Option<&LoginLayer> {
        self.layers.iter().find_map(|layer| match layer {
            Layer::Login(login) => Some(&**login),
            _ => None,
        })
    }

    /// Everything that could not be read in the workspace, and the latest trouble elsewhere.
    pub fn problems(&self) -> Vec<&Problem> {
        let workspace = self.workspace.iter().flat_map(Workspace::all_problems);
        workspace.chain(&self.identity_problems).chain(&self.trouble).collect()
    }

    /// What is known of the route that a request was made from.
    pub fn route(&self, id: &RequestId) -> Option<&RouteNote> {
        self.workspace.as_ref()?.collection(id)?.route(id.index)
    }

    /// Where keys go, innermost first.
    pub fn contexts(&self) -> &'static [Context] {
        use Context::{
            Body, Cell, Choice, Confirm, Conflict, Cookies, Difference, Filter, Form, Lab, Layer as AnyLayer, List,
            Login, Main, Matrix, Probe, Prompts, Request, Table, Text, Token, Tree, Variables, Why,
        };
        let Some(layer) = self.layers.last() else {
            match &self.editor.input {
                Some(Input::Cell(_)) => return &[Cell, Text, Main],
                Some(Input::Text(_)) => return &[Body, Text, Main],
                None => {}
            }
            return match (self.filter_mode, self.focus) {
                (FilterMode::Typing, _) => &[Text, Filter, Tree, Main],
                (FilterMode::Applied, Panel::Tree) => &[Tree, Main],
                (FilterMode::Applied, Panel::Request) if self.editor.row.is_some() => &[Table, Request, Main],
                (FilterMode::Applied, Panel::Request) => &[Request, Main],
                (FilterMode::Applied, Panel::Token) => &[Token, Main],
                (FilterMode::Applied, Panel::Response) => &[Main],
            };
        };
        match layer {
            Layer::Login(login) => match &login.stage {
                LoginStage::Form(form) if form.focused_field() == FormField::Grant => &[Choice, Form, AnyLayer],
                LoginStage::Form(_) => &[Text, Form, AnyLayer],
                LoginStage::ChooseVault { passphrase: Some(_), .. }
                | LoginStage::Paste(_)
                | LoginStage::Browser { pasted: Some(_), .. } => &[Text, List, AnyLayer],
                LoginStage::ChooseVault { .. } => &[List, AnyLayer],
                _ => &[Login, AnyLayer],
            },
            Layer::Palette { .. } | Layer::Pick { .. } | Layer::SaveBody(_) | Layer::Prompt(_) | Layer::Keep(_) => {
                &[Text, List, AnyLayer]
            }
            Layer::Import(import) if matches!(import.stage, ImportStage::Asking) => &[Text, List, AnyLayer],
            Layer::Import(_) => &[AnyLayer],
            Layer::Prompts(_) => &[Text, Prompts, AnyLayer],
            Layer::Variables(variables) if variables.secret.is_some() => &[Text, Prompts, AnyLayer],
            Layer::Variables(variables) if variables.filter_mode == FilterMode::Typing => &[Text, List, AnyLayer],
            Layer::Variables(_) => &[Variables, AnyLayer],
            Layer::Cookies { .. } => &[Cookies, AnyLayer],
            Layer::Conflict(_) => &[Conflict, AnyLayer],
            Layer::Matrix => &[Matrix, AnyLayer],
            Layer::Probe(_) => &[Probe, AnyLayer],
            Layer::Identities { .. } | Layer::Environments { .. } | Layer::Files { .. } | Layer::Export { .. } => {
                &[List, AnyLayer]
            }
            Layer::Lab(lab) if lab.input.is_some() => &[Text, Prompts, AnyLayer],
            Layer::Lab(_) => &[Lab, AnyLayer],
            Layer::Once(_) => &[List, AnyLayer],
            Layer::Difference(_) => &[Difference, AnyLayer],
            Layer::Confirm(_) => &[Confirm],
            Layer::Help { .. } | Layer::Problem(_) | Layer::SignInLog { .. } => &[AnyLayer],
            Layer::Why(_) => &[Why, AnyLayer],
        }
    }
}

impl LoginLayer {
    /// Is an attempt going on?
    pub const fn is_active(&self) -> bool {
        self.id.is_some()
    }
}

/// Can this identity start a sign-in without the form?
pub fn can_sign_in(identity: &Identity) -> bool {
    identity.grant == Grant::Pasted || identity.issuer.is_some() || identity.endpoints.token.is_some()
}
