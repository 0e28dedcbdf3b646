//! The one table of actions: id, keys, one-line doc, the word in the status bar, and where it holds.
//!
//! The key map, the palette, the help layer and the README's table are made from it, so a key that is not here
//! does not exist, and one that is here is documented.

/// What the user can ask for. Generic: the same action does what fits the place (`Up` moves or scrolls).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Send the selected request, or open or fold the selected collection.
    Send,
    /// Sign in as the current identity.
    Login,
    /// Sign out.
    Logout,
    /// Choose the identity to act as.
    ActAs,
    /// Send the request once as somebody else.
    ActOnce,
    /// Compare the last two responses.
    Difference,
    /// Any token, explained, verified, compared.
    TokenLab,
    /// What the provider says now.
    LiveTruth,
    /// Revoke the access token, and get one with today's claims.
    RenewClaims,
    /// The session's access token.
    LabAccess,
    /// The session's ID token.
    LabId,
    /// Paste a token.
    LabPaste,
    /// The tokens of the response.
    LabResponse,
    /// Verify the token against an issuer.
    VerifyAgainst,
    /// Compare other tokens with this one.
    MarkToken,
    /// Copy the header of a token.
    CopyHeader,
    /// Copy the payload of a token.
    CopyPayload,
    /// Choose the environment.
    Environments,
    /// Show the variables of the request.
    Variables,
    /// Switch how the token is carried.
    CookieMode,
    /// Send once more and follow redirects.
    FollowRedirects,
    /// Show the findings.
    Why,
    /// Open the access matrix.
    Matrix,
    /// Probe the selected request.
    Probe,
    /// Send all cells.
    RunAll,
    /// Send the failed ones again.
    RunFailed,
    /// Choose the identities of the matrix.
    MatrixIdentities,
    /// One file or all files.
    MatrixScope,
    /// Expect what was seen.
    ExpectSeen,
    /// Show code that verifies a token.
    ShowSample,
    /// Refresh the session.
    RefreshSession,
    /// Show the conversations with the provider.
    SignInLog,
    /// Filter the tree.
    Find,
    /// Open the palette.
    Palette,
    /// Show the problems of the workspace.
    Problems,
    /// Save a route to a file.
    SaveToFile,
    /// Import other tools' files.
    Import,
    /// Read the workspace again.
    Reload,
    /// Save the file of the selection.
    Save,
    /// Save all files.
    SaveAll,
    /// Take the latest edit back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Open the user's editor.
    OpenEditor,
    /// A new request.
    NewRequest,
    /// A new file.
    NewFile,
    /// The selected request once more.
    Duplicate,
    /// Another name for what is selected.
    Rename,
    /// The selected request goes up in its file.
    MoveUp,
    /// The selected request goes down in its file.
    MoveDown,
    /// The selected request goes to another file.
    MoveTo,
    /// Delete what is selected.
    Delete,
    /// Go on without saving.
    Discard,
    /// Of two sides, mine counts.
    KeepMine,
    /// Of two sides, the disk's counts.
    TakeTheirs,
    /// Both sides are kept: mine in another file.
    SaveBeside,
    /// Copy what the place is about.
    Copy,
    /// Copy a secret, because the user asks for it.
    CopySecret,
    /// Put a secret into the vault.
    SetSecret,
    /// Show the cookies.
    Cookies,
    /// Delete the selected cookie.
    DeleteCookie,
    /// Delete all cookies.
    ClearCookies,
    /// Save the body to a file.
    SaveBody,
    /// Export the request or the file, or copy it as something else.
    Export,
    /// Show the keys.
    Help,
    /// End the program.
    Quit,
    /// Cancel what runs, else end the program.
    Interrupt,
    /// Draw everything anew.
    Redraw,
    /// One step back: cancel, close, clear.
    Back,
    /// Focus the next panel.
    NextPanel,
    /// Focus the previous panel.
    PreviousPanel,
    /// Focus the tree.
    FocusTree,
    /// Focus the request.
    FocusRequest,
    /// Focus the response.
    FocusResponse,
    /// Focus the tokens.
    FocusToken,
    /// Next tab of the panel.
    NextTab,
    /// Previous tab of the panel.
    PreviousTab,
    /// Up one line.
    Up,
    /// Down one line.
    Down,
    /// Up one page.
    PageUp,
    /// Down one page.
    PageDown,
    /// To the start.
    First,
    /// To the end.
    Last,
    /// Scroll left.
    ScrollLeft,
    /// Scroll right.
    ScrollRight,
    /// Fold the collection.
    Fold,
    /// Unfold the collection.
    Unfold,
    /// Fold or unfold.
    ToggleFold,
    /// Take what is selected or typed.
    Accept,
    /// Yes.
    Yes,
    /// Yes, and end the provider's browser session too.
    YesEverywhere,
    /// No.
    No,
    /// Open the browser at the sign-in page.
    OpenBrowser,
    /// Copy the URL of the sign-in page.
    CopyUrl,
    /// Copy the callback URL that has to be registered.
    CopyCallback,
    /// Paste the URL that the browser ended on.
    PasteCallback,
    /// Approve the demo's device code.
    DemoApprove,
    /// Sign in by device code.
    UseDevice,
    /// Sign in by browser (PKCE).
    UseBrowser,
    /// Paste a token.
    UsePaste,
    /// Send the waiting request without a token.
    SendAnonymously,
    /// Edit what is selected in the request panel.
    EditHere,
    /// Edit the body.
    EditBody,
    /// Choose the method.
    ChooseMethod,
    /// One more row.
    AddRow,
    /// Take the row away.
    RemoveRow,
    /// Comment the row out, or let it count again.
    ToggleRow,
    /// Move the row up.
    RowUp,
    /// Move the row down.
    RowDown,
    /// To the first cell of the row.
    CellLeft,
    /// To the next cell of the row.
    CellRight,
    /// Begin a new line.
    Newline,
    /// Indent, or take the completion.
    Indent,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// Select to the left.
    SelectLeft,
    /// Select to the right.
    SelectRight,
    /// Select up.
    SelectUp,
    /// Select down.
    SelectDown,
    /// Select to the start of the line.
    SelectStart,
    /// Select to the end of the line.
    SelectEnd,
    /// Select everything.
    SelectAll,
    /// Copy the selection.
    CopyText,
    /// Cut the selection.
    CutText,
    /// Paste what was copied here.
    PasteText,
    /// Reformat JSON.
    FormatBody,
    /// Check JSON and go to what is wrong.
    CheckBody,
    /// Next field of a form.
    NextField,
    /// Previous field of a form.
    PreviousField,
    /// Next choice.
    NextChoice,
    /// Previous choice.
    PreviousChoice,
    /// Cursor left.
    CursorLeft,
    /// Cursor right.
    CursorRight,
    /// Cursor to the start.
    CursorStart,
    /// Cursor to the end.
    CursorEnd,
    /// Delete the character before the cursor.
    DeleteBack,
    /// Delete the character under the cursor.
    DeleteForward,
    /// Delete the word before the cursor.
    DeleteWord,
    /// Delete everything before the cursor.
    DeleteToStart,
}

/// Where a key holds. A place on the screen has a stack of them, innermost first; [`Context::Global`] is always last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The main screen, whatever panel has the focus.
    Main,
    /// The workspace tree.
    Tree,
    /// The request panel.
    Request,
    /// A selected row of the request panel.
    Table,
    /// A line of the request while it is typed.
    Cell,
    /// A body while it is typed.
    Body,
    /// The filter of the tree, while it is typed.
    Filter,
    /// Any layer.
    Layer,
    /// A layer with rows or an input that Enter takes.
    List,
    /// The sign-in layer, while a sign-in goes on.
    Login,
    /// A form.
    Form,
    /// A field of a form with a few choices.
    Choice,
    /// The cookies.
    Cookies,
    /// A question.
    Confirm,
    /// The variables of a request.
    Variables,
    /// What a request asks before it is sent, and other small inputs.
    Prompts,
    /// A file that has changed on both sides.
    Conflict,
    /// The access matrix.
    Matrix,
    /// The probes of a route.
    Probe,
    /// What differs between two responses.
    Difference,
    /// The token panel.
    Token,
    /// The token lab.
    Lab,
    /// The causes of a refusal.
    Why,
    /// A text field: printable keys are text.
    Text,
    /// Everywhere.
    Global,
}

impl Context {
    /// In the order of the help and the README.
    pub const ALL: [Self; 25] = [
        Self::Main,
        Self::Tree,
        Self::Request,
        Self::Table,
        Self::Cell,
        Self::Body,
        Self::Filter,
        Self::Login,
        Self::Form,
        Self::Choice,
        Self::Cookies,
        Self::Confirm,
        Self::Variables,
        Self::Prompts,
        Self::Conflict,
        Self::Matrix,
        Self::Probe,
        Self::Difference,
        Self::Token,
        Self::Lab,
        Self::Why,
        Self::List,
        Self::Layer,
        Self::Text,
        Self::Global,
    ];

    /// The heading in the help and the README.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Main => "Main screen",
            Self::Tree => "Tree",
            Self::Request => "Request panel",
            Self::Table => "Rows of the request",
            Self::Cell => "Typing a line of the request",
            Self::Body => "Typing a body",
            Self::Filter => "Find in the tree",
            Self::Layer => "Any layer",
            Self::List => "Lists and inputs",
            Self::Login => "Sign-in",
            Self::Form => "Sign-in form",
            Self::Choice => "Choices in a form",
            Self::Cookies => "Cookies",
            Self::Confirm => "Questions",
            Self::Variables => "Variables",
            Self::Prompts => "Prompts and secrets",
            Self::Conflict => "Changed on both sides",
            Self::Matrix => "Access matrix",
            Self::Probe => "Probes",
            Self::Difference => "Difference of two responses",
            Self::Token => "Token panel",
            Self::Lab => "Token lab",
            Self::Why => "Why it was refused",
            Self::Text => "Text fields",
            Self::Global => "Everywhere",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its stable id, for settings and scripts.
    pub id: &'static str,
    /// Its keys, the one to show first.
    pub keys: &'static [&'static str],
    /// What it does there, in one line.
    pub doc: &'static str,
    /// The word in the status bar.
    pub short: &'static str,
    /// Where it holds.
    pub context: Context,
}

impl Action {
    /// Its first row in the table.
    pub fn info(self) -> &'static ActionInfo {
        ACTIONS.iter().find(|info| info.action == self).expect("every action is in the table (tested)")
    }

    /// Its row for a place: that of the innermost context which has it.
    pub fn info_in(self, stack: &[Context]) -> Option<&'static ActionInfo> {
        let places = stack.iter().copied().chain([Context::Global]);
        places.flat_map(rows_of).find(|info| info.action == self)
    }
}

/// The rows of one context, in order.
pub fn rows_of(context: Context) -> impl Iterator<Item = &'static ActionInfo> {
    ACTIONS.iter().filter(move |info| info.context == context)
}

const fn row(
    context: Context,
    action: Action,
    id: &'static str,
    keys: &'static [&'static str],
    short: &'static str,
    doc: &'static str,
) -> ActionInfo {
    ActionInfo { action, id, keys, doc, short, context }
}

use Action as A;
use Context::{
    Body, Cell, Choice, Confirm, Conflict, Cookies, Difference, Filter, Form, Global, Lab, Layer, List, Login, Main,
    Matrix, Probe, Prompts, Request, Table, Text, Token, Tree, Variables, Why,
};

/// The table.
#[rustfmt::skip]
pub const ACTIONS: &[ActionInfo] = &[
    row(Main, A::Send, "send-request", &["enter", "f5", "ctrl+g"], "send", "Send the selected request; again: cancel and send anew"),
    row(Main, A::Login, "login", &["l"], "login", "Sign in as the current identity"),
    row(Main, A::Logout, "logout", &["L"], "logout", "Sign out: revoke and forget the tokens"),
    row(Main, A::ActAs, "act-as", &["a"], "act as", "Choose the identity to act as"),
    row(Main, A::ActOnce, "act-once", &["A"], "once as", "Send the request once as somebody else; the current identity stays"),
    row(Main, A::Difference, "difference", &["d"], "difference", "Compare the last two responses of the request, as two identities where there are two"),
    row(Main, A::TokenLab, "token-lab", &["T"], "token lab", "Explain, verify, measure and compare any token: the session's, a pasted one, one of the response"),
    row(Main, A::Environments, "environments", &["E"], "env", "Choose the environment"),
    row(Main, A::Variables, "variables", &["v"], "variables", "Show the variables of the request: values, where they come from, problems; set secrets"),
    row(Main, A::CookieMode, "cookie-mode", &["c"], "cookie mode", "Carry the token as the Kinde SDK's cookies, or as a bearer header again"),
    row(Main, A::FollowRedirects, "follow-redirects", &["f"], "follow", "Send once more and follow up to five redirects"),
    row(Main, A::Why, "why", &["w"], "why", "Explain the refusal: the findings, or the problem, at full length"),
    row(Main, A::Matrix, "matrix", &["M"], "matrix", "Open the access matrix: the requests of the file as every identity, against `# @expect`"),
    row(Main, A::Probe, "probe", &["p"], "probe", "Probe the request: send it with bad tokens, to see what the route verifies"),
    row(Main, A::RefreshSession, "refresh-session", &["r"], "refresh", "Refresh the session now"),
    row(Main, A::SignInLog, "sign-in-log", &["t"], "sign-in log", "Show the conversations with the provider, redacted"),
    row(Main, A::Find, "find", &["/"], "find", "Find a request in the tree"),
    row(Main, A::Palette, "palette", &[":"], "palette", "Search all actions"),
    row(Main, A::Problems, "problems", &["!"], "problems", "Show the problems of the workspace"),
    row(Main, A::Save, "save", &["s"], "save", "Save the file of the selection"),
    row(Main, A::SaveAll, "save-all", &["S"], "save all", "Save all files"),
    row(Main, A::Undo, "undo", &["u"], "undo", "Take the latest edit back, in whatever file it was"),
    row(Main, A::Redo, "redo", &["U", "ctrl+y"], "redo", "Do again what was taken back"),
    row(Main, A::OpenEditor, "open-editor", &["e"], "editor", "Save the file, then open it in $VISUAL or $EDITOR, at the line of the request"),
    row(Main, A::EditHere, "edit-here", &["i"], "edit URL", "Edit the URL of the request; with one of its rows selected, the row"),
    row(Main, A::EditBody, "edit-body", &["b"], "edit body", "Edit the body of the request"),
    row(Main, A::Copy, "copy", &["y"], "copy", "Copy: the URL of the request, the body of the response, the shown token"),
    row(Main, A::SaveBody, "save-body", &[">"], "save", "Save the body of the response to a file"),
    row(Main, A::Cookies, "cookies", &["C"], "cookies", "Show the cookies of the environment"),
    row(Main, A::Export, "export", &["Y"], "copy as", "Export: copy the request, or all of the file, as curl, code, a collection or a load test"),
    row(Main, A::SaveToFile, "save-to-file", &["F"], "to a file", "Save the selected route, or all routes of a collection, to a file"),
    row(Main, A::Import, "import", &["I"], "import", "Import… a file or folder of Postman, OpenAPI, curl, Insomnia, Bruno or a browser (HAR)"),
    row(Main, A::Reload, "reload", &["R"], "reload", "Read the workspace again"),
    row(Main, A::NextPanel, "next-panel", &["tab"], "next panel", "Go to the next panel"),
    row(Main, A::PreviousPanel, "previous-panel", &["shift+tab"], "previous panel", "Go to the previous panel"),
    row(Main, A::FocusTree, "focus-tree", &["1"], "tree", "Go to the tree"),
    row(Main, A::FocusRequest, "focus-request", &["2"], "request", "Go to the request"),
    row(Main, A::FocusResponse, "focus-response", &["3"], "response", "Go to the response"),
    row(Main, A::FocusToken, "focus-token", &["4"], "tokens", "Go to the tokens"),
    row(Main, A::NextTab, "next-tab", &["right", "]"], "next tab", "Next tab of the panel"),
    row(Main, A::PreviousTab, "previous-tab", &["left", "["], "previous tab", "Previous tab of the panel"),
    row(Main, A::Up, "up", &["up", "k"], "up", "Move or scroll up"),
    row(Main, A::Down, "down", &["down", "j"], "down", "Move or scroll down"),
    row(Main, A::PageUp, "page-up", &["pgup"], "page up", "One page up"),
    row(Main, A::PageDown, "page-down", &["pgdn"], "page down", "One page down"),
    row(Main, A::First, "first", &["home", "g"], "start", "To the start"),
    row(Main, A::Last, "last", &["end", "G"], "end", "To the end"),
    row(Main, A::ScrollLeft, "scroll-left", &["shift+left"], "scroll left", "Scroll left"),
    row(Main, A::ScrollRight, "scroll-right", &["shift+right"], "scroll right", "Scroll right"),
    row(Main, A::Back, "back", &["esc"], "cancel", "Cancel the run, or end the body that arrives and keep what came; else clear the filter"),
    row(Main, A::Quit, "quit", &["q"], "quit", "Quit; asks when something is running"),

    row(Tree, A::Fold, "fold", &["left"], "fold", "Fold the collection"),
    row(Tree, A::Unfold, "unfold", &["right"], "unfold", "Unfold the collection"),
    row(Tree, A::ToggleFold, "toggle-fold", &["space"], "fold", "Fold or unfold the collection"),

    row(Tree, A::NewRequest, "new-request", &["n"], "new", "A new request behind the selected one"),
    row(Tree, A::NewFile, "new-file", &["N"], "new file", "A new file, also in a new folder"),
    row(Tree, A::Duplicate, "duplicate", &["D"], "duplicate", "The selected request once more"),
    row(Tree, A::Rename, "rename", &["f2"], "rename", "Another name for the request or the file"),
    row(Tree, A::MoveUp, "move-up", &["K", "shift+up"], "move up", "Move the request up in its file"),
    row(Tree, A::MoveDown, "move-down", &["J", "shift+down"], "move down", "Move the request down in its file"),
    row(Tree, A::MoveTo, "move-to", &["m"], "move to", "Move the request to another file"),
    row(Tree, A::Delete, "delete-item", &["x", "delete"], "delete", "Delete the request or the file; asks first, and can be undone"),

    row(Request, A::ChooseMethod, "choose-method", &["m"], "method", "Choose the method"),
    row(Request, A::AddRow, "add-row", &["n"], "add", "Add a parameter, header, field or directive"),
    row(Request, A::FormatBody, "format-body", &["="], "format", "Reformat the JSON body; templates stay as they are"),
    row(Request, A::Down, "down", &["down", "j"], "rows", "To the rows of the tab, then from row to row"),

    row(Table, A::EditHere, "edit-here", &["enter", "i"], "edit", "Edit the selected cell, or choose"),
    row(Table, A::ToggleRow, "toggle-row", &["space"], "on/off", "Comment the row out, or let it count again"),
    row(Table, A::AddRow, "add-row", &["a", "n"], "add", "Add a row"),
    row(Table, A::RemoveRow, "remove-row", &["x", "delete"], "remove", "Take the row away"),
    row(Table, A::CellLeft, "cell-left", &["left"], "name", "To the name of the row"),
    row(Table, A::CellRight, "cell-right", &["right"], "value", "To the value of the row"),
    row(Table, A::RowUp, "row-up", &["K", "shift+up"], "move up", "Move the row up"),
    row(Table, A::RowDown, "row-down", &["J", "shift+down"], "move down", "Move the row down"),
    row(Table, A::Back, "back", &["esc"], "to the URL", "Back to the URL line, where Enter sends"),

    row(Cell, A::Accept, "accept", &["enter"], "keep", "Take it over as one edit"),
    row(Cell, A::NextField, "next-field", &["tab"], "next cell", "Take the completion; else go on to the next cell or row"),
    row(Cell, A::PreviousField, "previous-field", &["shift+tab"], "previous", "To the cell before"),
    row(Cell, A::Back, "back", &["esc"], "discard", "Leave it as it was"),

    row(Body, A::Back, "back", &["esc"], "done", "Take the text over as one edit and leave"),
    row(Body, A::Newline, "newline", &["enter"], "new line", "Begin a new line, indented like this one"),
    row(Body, A::Indent, "indent", &["tab"], "indent", "Take the completion; else indent"),
    row(Body, A::FormatBody, "format-body", &["ctrl+f"], "format", "Reformat JSON; templates stay as they are"),
    row(Body, A::CheckBody, "check-body", &["ctrl+k"], "check", "Check JSON and go to what is wrong"),
    row(Body, A::Undo, "undo", &["ctrl+u"], "undo", "Take back the last change of the text"),
    row(Body, A::Redo, "redo", &["ctrl+r", "ctrl+y"], "redo", "Make it again"),
    row(Body, A::SelectLeft, "select-left", &["shift+left"], "select", "Select to the left"),
    row(Body, A::SelectRight, "select-right", &["shift+right"], "select", "Select to the right"),
    row(Body, A::SelectUp, "select-up", &["shift+up"], "select", "Select up"),
    row(Body, A::SelectDown, "select-down", &["shift+down"], "select", "Select down"),
    row(Body, A::SelectStart, "select-start", &["shift+home"], "select", "Select to the start of the line"),
    row(Body, A::SelectEnd, "select-end", &["shift+end"], "select", "Select to the end of the line"),
    row(Body, A::SelectAll, "select-all", &["ctrl+t"], "select all", "Select everything"),
    row(Body, A::CopyText, "copy-text", &["ctrl+c"], "copy", "Copy the selection; with none, leave as Esc does"),
    row(Body, A::CutText, "cut-text", &["ctrl+x"], "cut", "Cut the selection"),
    row(Body, A::PasteText, "paste-text", &["ctrl+v"], "paste", "Paste what was copied here (the terminal's own paste works too)"),
    row(Body, A::WordLeft, "word-left", &["ctrl+left"], "word left", "One word to the left"),
    row(Body, A::WordRight, "word-right", &["ctrl+right"], "word right", "One word to the right"),
    row(Body, A::First, "first", &["ctrl+home"], "start", "To the start of the text"),
    row(Body, A::Last, "last", &["ctrl+end"], "end", "To the end of the text"),

    row(Filter, A::Accept, "accept", &["enter"], "keep", "Keep the filter and go to the tree"),
    row(Filter, A::Back, "back", &["esc"], "clear", "Clear the filter"),

    row(Login, A::Accept, "accept", &["enter"], "again", "Try again after a failure; close when done"),
    row(Login, A::OpenBrowser, "open-browser", &["o"], "open", "Open the sign-in page in the browser"),
    row(Login, A::Copy, "copy", &["y"], "copy", "Copy the code (device) or the URL (browser)"),
    row(Login, A::CopyUrl, "copy-url", &["u"], "copy URL", "Copy the URL of the sign-in page"),
    row(Login, A::CopyCallback, "copy-callback", &["c"], "copy callback", "Copy the callback URL that has to be registered"),
    row(Login, A::PasteCallback, "paste-callback", &["v"], "paste URL", "Paste the URL that the browser ended on (over SSH)"),
    row(Login, A::DemoApprove, "demo-approve", &["d"], "approve", "Approve the code as the demo's user (demo only)"),
    row(Login, A::UseDevice, "use-device", &["D"], "device", "Sign in by device code instead"),
    row(Login, A::UseBrowser, "use-browser", &["p"], "browser", "Sign in by browser (PKCE) instead"),
    row(Login, A::UsePaste, "use-paste", &["P"], "paste token", "Paste a token instead"),
    row(Login, A::SendAnonymously, "send-anonymously", &["a"], "anonymous", "Send the waiting request without a token"),
    row(Login, A::Why, "why", &["w"], "why", "Explain a sign-in that failed: the causes and what to do"),
    row(Login, A::Back, "back", &["esc"], "cancel", "Cancel the sign-in"),

    row(Form, A::Accept, "accept", &["enter"], "sign in", "Sign in with what the form says"),
    row(Form, A::NextField, "next-field", &["tab", "down"], "next", "Next field"),
    row(Form, A::PreviousField, "previous-field", &["shift+tab", "up"], "previous", "Previous field"),

    row(Choice, A::NextChoice, "next-choice", &["right", "space"], "next", "Next choice"),
    row(Choice, A::PreviousChoice, "previous-choice", &["left"], "previous", "Previous choice"),

    row(Cookies, A::DeleteCookie, "delete-cookie", &["d", "delete"], "delete", "Delete the selected cookie"),
    row(Cookies, A::ClearCookies, "clear-cookies", &["X"], "clear all", "Delete all cookies of the environment"),

    row(Confirm, A::Yes, "yes", &["y"], "yes", "Yes"),
    row(Confirm, A::YesEverywhere, "yes-everywhere", &["b"], "browser too", "Sign out here and end the provider's browser session"),
    row(Confirm, A::Discard, "discard", &["d"], "discard", "Go on without what is not saved; or send only what changes nothing"),
    row(Confirm, A::No, "no", &["n", "esc"], "no", "No"),

    row(Variables, A::Copy, "copy", &["y"], "copy", "Copy the value, unless it is a secret"),
    row(Variables, A::CopySecret, "copy-secret", &["Y"], "copy secret", "Copy the value, also a secret"),
    row(Variables, A::SetSecret, "set-secret", &["s"], "set secret", "Put a secret into the vault, for `{{$secret name}}`"),
    row(Variables, A::Find, "find", &["/"], "find", "Filter the variables"),

    row(Prompts, A::Accept, "accept", &["enter"], "next", "Go on to the next field; from the last one send, or store the secret"),
    row(Prompts, A::NextField, "next-field", &["tab", "down"], "next", "Next field"),
    row(Prompts, A::PreviousField, "previous-field", &["shift+tab", "up"], "previous", "Previous field"),
    row(Conflict, A::KeepMine, "keep-mine", &["m"], "keep mine", "Write mine over what is on disk"),
    row(Conflict, A::TakeTheirs, "take-theirs", &["t"], "take theirs", "Take what is on disk; undo brings mine back"),
    row(Conflict, A::SaveBeside, "save-beside", &["b"], "both", "Save mine under another name and take what is on disk"),

    row(Matrix, A::Accept, "accept", &["enter"], "look", "Send everything the first time; then look at the cell, and open its response"),
    row(Matrix, A::CellLeft, "cell-left", &["left", "h"], "left", "One identity to the left"),
    row(Matrix, A::CellRight, "cell-right", &["right", "l"], "right", "One identity to the right"),
    row(Matrix, A::RunFailed, "run-failed", &["r"], "failed again", "Send again what was wrong, got no answer, or was not sent for want of a session"),
    row(Matrix, A::RunAll, "run-all", &["R"], "all", "Send all cells; asks about requests that may change something"),
    row(Matrix, A::ExpectSeen, "expect-seen", &["e"], "expect this", "Write what was seen into the request as `# @expect`: an edit like any other"),
    row(Matrix, A::MatrixIdentities, "matrix-identities", &["i"], "identities", "Choose the identities"),
    row(Matrix, A::MatrixScope, "matrix-scope", &["f"], "this/all files", "All files, or only this one"),
    row(Matrix, A::ToggleRow, "toggle-row", &["space"], "in/out", "In the list of identities: take one in or out"),
    row(Matrix, A::Back, "back", &["esc", "q"], "close", "Cancel what is sent; else back, or close"),

    row(Probe, A::Accept, "accept", &["enter"], "look", "Send the probes; then look at a row of the report"),
    row(Probe, A::RunAll, "run-all", &["R"], "again", "Send them again"),
    row(Probe, A::Back, "back", &["esc", "q"], "close", "Cancel what is sent; else back, or close"),

    row(Difference, A::ActOnce, "act-once", &["A"], "another", "Send it as somebody else and compare with that"),

    row(Token, A::LiveTruth, "live-truth", &["o"], "ask provider", "Ask the provider what it says now, beside what the token says"),
    row(Token, A::RenewClaims, "renew-claims", &["n"], "renew claims", "Revoke the access token and get one with today's claims; asks first"),

    row(Lab, A::LabPaste, "lab-paste", &["v"], "paste", "Paste a token, the JSON of a token response, or a cookie header (the terminal's own paste works too)"),
    row(Lab, A::LabAccess, "lab-access", &["a"], "access token", "Show the session's access token"),
    row(Lab, A::LabId, "lab-id", &["i"], "ID token", "Show the session's ID token"),
    row(Lab, A::LabResponse, "lab-response", &["e"], "of response", "Show the tokens in the body of the response, and in the cookies of its address"),
    row(Lab, A::NextTab, "next-tab", &["right", "]"], "next token", "The next of several tokens"),
    row(Lab, A::PreviousTab, "previous-tab", &["left", "["], "previous", "The previous of several tokens"),
    row(Lab, A::VerifyAgainst, "verify-against", &["s"], "verify", "Verify it against an issuer that you name"),
    row(Lab, A::MarkToken, "mark-token", &["m"], "compare", "Compare the tokens that are shown next with this one, claim by claim; again: no longer"),
    row(Lab, A::LiveTruth, "live-truth", &["o"], "ask provider", "Ask the provider what it says now, beside what the token says"),
    row(Lab, A::RenewClaims, "renew-claims", &["n"], "renew claims", "Revoke the access token and get one with today's claims; asks first"),
    row(Lab, A::Copy, "copy", &["y"], "copy value", "Copy the value of the selected row"),
    row(Lab, A::CopyHeader, "copy-header", &["H"], "copy header", "Copy the header as JSON"),
    row(Lab, A::CopyPayload, "copy-payload", &["P"], "copy claims", "Copy the claims as JSON"),
    row(Lab, A::CopySecret, "copy-secret", &["Y"], "copy token", "Copy the token itself"),

    row(Why, A::ShowSample, "show-sample", &["s"], "code", "Show code that verifies a token, or the causes again"),
    row(Why, A::NextTab, "next-tab", &["right", "tab"], "framework", "The code for the next framework"),
    row(Why, A::PreviousTab, "previous-tab", &["left", "shift+tab"], "framework", "The code for the framework before"),
    row(Why, A::Copy, "copy", &["y"], "copy", "Copy the code that shows, or the causes as text"),
    row(Why, A::CookieMode, "cookie-mode", &["c"], "cookie mode", "Close, and send with the Kinde SDK's cookies"),
    row(Why, A::Login, "login", &["l"], "login", "Close, and sign in"),
    row(Why, A::RefreshSession, "refresh-session", &["r"], "refresh", "Close, and refresh the session"),
    row(Why, A::Back, "back", &["esc", "q", "w"], "close", "From the code to the causes, then close"),

    row(List, A::Accept, "accept", &["enter"], "choose", "Take the selected row or what was typed"),

    row(Layer, A::Up, "up", &["up", "k"], "up", "Move or scroll up"),
    row(Layer, A::Down, "down", &["down", "j"], "scroll", "Move or scroll down"),
    row(Layer, A::PageUp, "page-up", &["pgup"], "page up", "One page up"),
    row(Layer, A::PageDown, "page-down", &["pgdn"], "page down", "One page down"),
    row(Layer, A::First, "first", &["home", "g"], "start", "To the start"),
    row(Layer, A::Last, "last", &["end", "G"], "end", "To the end"),
    row(Layer, A::Back, "back", &["esc", "q"], "close", "Close the layer"),

    row(Text, A::CursorLeft, "cursor-left", &["left"], "left", "Cursor left"),
    row(Text, A::CursorRight, "cursor-right", &["right"], "right", "Cursor right"),
    row(Text, A::CursorStart, "cursor-start", &["home"], "start", "Cursor to the start"),
    row(Text, A::CursorEnd, "cursor-end", &["end"], "end", "Cursor to the end"),
    row(Text, A::DeleteBack, "delete-back", &["backspace"], "delete", "Delete the character before the cursor"),
    row(Text, A::DeleteForward, "delete-forward", &["delete"], "delete", "Delete the character under the cursor"),
    row(Text, A::DeleteWord, "delete-word", &["ctrl+w"], "delete word", "Delete the word before the cursor"),
    row(Text, A::DeleteToStart, "delete-to-start", &["ctrl+u"], "clear", "Delete everything before the cursor"),

    row(Global, A::Help, "help", &["?", "f1"], "help", "Show the keys"),
    row(Global, A::Interrupt, "interrupt", &["ctrl+c"], "cancel", "Cancel what is going on; else quit"),
    row(Global, A::Redraw, "redraw", &["ctrl+l"], "redraw", "Draw the screen anew"),
];
