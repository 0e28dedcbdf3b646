//! What a `# @assert` says, as far as other tools can say it too: a small part of jq.
//!
//! Called by [`request`](super::request). Paths, literals, comparisons, `and`, `or`, `not`, `length`, `type`,
//! `contains`, `startswith`, `endswith` and `test`; anything else is kept as text and written as a comment.

use serde_json::Value;

/// Longer expressions are not looked at.
const LONGEST: usize = 2_000;

/// More nodes than this are not mapped: `. | . and .` doubles with every step.
const MOST_NODES: usize = 300;

/// An assertion or the expression of a capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// As it is written.
    pub source: String,
    /// What it means; `None`: no other tool can say it.
    pub expression: Option<Expression>,
}

/// A part of jq.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `.status`, `.body.items[0].id`; no step: the whole.
    Path(Vec<Step>),
    /// Steps into what an expression gives.
    Into(Box<Expression>, Vec<Step>),
    /// A literal.
    Literal(Value),
    /// `| length`.
    Length(Box<Expression>),
    /// `| type`.
    Type(Box<Expression>),
    /// `| not`.
    Not(Box<Expression>),
    /// `a == b`.
    Compare(Box<Expression>, Comparison, Box<Expression>),
    /// `and`.
    And(Box<Expression>, Box<Expression>),
    /// `or`.
    Or(Box<Expression>, Box<Expression>),
    /// `| contains("x")` and the like, on texts.
    Text(Box<Expression>, TextTest, String),
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name`.
    Key(String),
    /// `[0]`.
    Index(i64),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A test of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `contains("x")`
    Contains,
    /// `startswith("x")`
    StartsWith,
    /// `endswith("x")`
    EndsWith,
    /// `test("regular expression")`
    Matches,
}

/// Reads an expression.
pub fn parse(source: &str) -> Check {
    let expression = (source.len() <= LONGEST).then(|| tokens(source)).flatten().and_then(|tokens| {
        let mut parser = Parser { tokens, at: 0, budget: MOST_NODES, depth: 0 };
        let expression = parser.pipe(&Expression::Path(Vec::new()))?;
        (parser.at == parser.tokens.len()).then_some(expression)
    });
    Check { source: source.to_owned(), expression }
}

impl Check {
    /// The bound on `.time_ms` that it states, if it does.
    pub fn time_limit(&self) -> Option<f64> {
        self.expression.as_ref().and_then(time_limit)
    }
}

fn time_limit(expression: &Expression) -> Option<f64> {
    match expression {
        Expression::And(left, right) => match (time_limit(left), time_limit(right)) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        },
        Expression::Compare(left, Comparison::Less | Comparison::LessOrEqual, right) => {
            let is_time = matches!(left.as_ref(), Expression::Path(steps) if steps.as_slice() == [Step::Key("time_ms".to_owned())]);
            match right.as_ref() {
                Expression::Literal(Value::Number(number)) if is_time => number.as_f64(),
                _ => None,
            }
        }
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name, also of a function.
    Word(String),
    /// `.name`
    Field(String),
    Dot,
    Text(String),
    Number(Value),
    /// `==`, `|`, `(`, `[` …
    Sign(&'static str),
}

fn tokens(source: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '.' => {
                let name = word(&rest[1..]);
                if name > 0 { (Token::Field(rest[1..=name].to_owned()), name + 1) } else { (Token::Dot, 1) }
            }
            '"' => {
                let end = text_end(rest)?;
                (Token::Text(serde_json::from_str(&rest[..end]).ok()?), end)
            }
            c if c.is_ascii_digit() || c == '-' => {
                let end = rest[1..]
                    .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E')))
                    .map_or(rest.len(), |end| end + 1);
                (Token::Number(serde_json::from_str::<Value>(&rest[..end]).ok().filter(Value::is_number)?), end)
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = word(rest);
                (Token::Word(rest[..end].to_owned()), end)
            }
            _ => {
                const SIGNS: [&str; 11] = ["==", "!=", "<=", ">=", "<", ">", "|", "(", ")", "[", "]"];
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

/// The length of the name that `text` begins with.
fn word(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// Where the string literal that `text` begins with ends; `None`: never, or it holds an interpolation.
fn text_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'(') => return None,
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    budget: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(known)) if *known == sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(known)) if known == word);
        self.at += usize::from(found);
        found
    }

    /// A copy of the input of a step; bounded.
    fn input(&mut self, input: &Expression) -> Option<Expression> {
        self.budget = self.budget.checked_sub(size(input))?;
        Some(input.clone())
    }

    fn pipe(&mut self, input: &Expression) -> Option<Expression> {
        self.depth += 1;
        if self.depth > 30 {
            return None;
        }
        let mut left = self.or(input)?;
        while self.take("|") {
            left = self.or(&left)?;
        }
        self.depth -= 1;
        Some(left)
    }

    fn or(&mut self, input: &Expression) -> Option<Expression> {
        let mut left = self.and(input)?;
        while self.take_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.and(input)?));
        }
        Some(left)
    }

    fn and(&mut self, input: &Expression) -> Option<Expression> {
        let mut left = self.comparison(input)?;
        while self.take_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.comparison(input)?));
        }
        Some(left)
    }

    fn comparison(&mut self, input: &Expression) -> Option<Expression> {
        let left = self.term(input)?;
        const SIGNS: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let Some((_, comparison)) = SIGNS.into_iter().find(|(sign, _)| self.take(sign)) else { return Some(left) };
        Some(Expression::Compare(Box::new(left), comparison, Box::new(self.term(input)?)))
    }

    fn term(&mut self, input: &Expression) -> Option<Expression> {
        let token = self.peek()?.clone();
        self.at += 1;
        let base = match token {
            Token::Dot => self.input(input)?,
            Token::Field(name) => step(self.input(input)?, Step::Key(name)),
            Token::Text(text) => return Some(Expression::Literal(Value::String(text))),
            Token::Number(number) => return Some(Expression::Literal(number)),
            Token::Sign("(") => {
                let inner = self.pipe(input)?;
                self.take(")").then_some(inner)?
            }
            Token::Sign(_) => return None,
            Token::Word(word) => return self.word(&word, input),
        };
        self.steps(base)
    }

    fn steps(&mut self, mut base: Expression) -> Option<Expression> {
        loop {
            match self.peek() {
                Some(Token::Field(name)) => {
                    base = step(base, Step::Key(name.clone()));
                    self.at += 1;
                }
                Some(Token::Dot) if matches!(self.tokens.get(self.at + 1), Some(Token::Sign("[") | Token::Text(_))) => {
                    self.at += 1;
                    if let Some(Token::Text(name)) = self.peek() {
                        base = step(base, Step::Key(name.clone()));
                        self.at += 1;
                    }
                }
                Some(Token::Text(name)) if matches!(self.tokens[self.at - 1], Token::Dot) => {
                    base = step(base, Step::Key(name.clone()));
                    self.at += 1;
                }
                Some(Token::Sign("[")) => {
                    self.at += 1;
                    let next = match self.peek()? {
                        Token::Text(name) => Step::Key(name.clone()),
                        Token::Number(number) => Step::Index(number.as_i64()?),
                        _ => return None,
                    };
                    self.at += 1;
                    if !self.take("]") {
                        return None;
                    }
                    base = step(base, next);
                }
                _ => return Some(base),
            }
        }
    }

    fn word(&mut self, word: &str, input: &Expression) -> Option<Expression> {
        Some(match word {
            "true" => Expression::Literal(Value::Bool(true)),
            "false" => Expression::Literal(Value::Bool(false)),
            "null" => Expression::Literal(Value::Null),
            "length" => Expression::Length(Box::new(self.input(input)?)),
            "type" => Expression::Type(Box::new(self.input(input)?)),
            "not" => Expression::Not(Box::new(self.input(input)?)),
            "contains" | "startswith" | "endswith" | "test" => {
                let test = match word {
                    "contains" => TextTest::Contains,
                    "startswith" => TextTest::StartsWith,
                    "endswith" => TextTest::EndsWith,
                    _ => TextTest::Matches,
                };
                if !self.take("(") {
                    return None;
                }
                let Token::Text(text) = self.peek()?.clone() else { return None };
                self.at += 1;
                if !self.take(")") {
                    return None;
                }
                Expression::Text(Box::new(self.input(input)?), test, text)
            }
            _ => return None,
        })
    }
}

fn step(base: Expression, step: Step) -> Expression {
    match base {
        Expression::Path(mut steps) => {
            steps.push(step);
            Expression::Path(steps)
        }
        Expression::Into(of, mut steps) => {
            steps.push(step);
            Expression::Into(of, steps)
        }
        other => Expression::Into(Box::new(other), vec![step]),
    }
}

fn size(expression: &Expression) -> usize {
    1 + match expression {
        Expression::Path(steps) => steps.len(),
        Expression::Literal(_) => 0,
        Expression::Into(of, steps) => size(of) + steps.len(),
        Expression::Length(of) | Expression::Type(of) | Expression::Not(of) | Expression::Text(of, ..) => size(of),
        Expression::Compare(left, _, right) | Expression::And(left, right) | Expression::Or(left, right) => {
            size(left) + size(right)
        }
    }
}
