//! The functions of a Rust file, as far as its tokens tell: which are tests, what they call, and whether they check anything.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A function with a body.
#[derive(Debug, Default)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub is_test: bool,
    /// It fails where something does not hold: an assertion, a panic, `expect`, `?`; or it has to panic.
    pub checks: bool,
    /// The functions that it calls, by name alone.
    pub calls: BTreeSet<String>,
    /// The lines in which it returns without a value.
    pub returns: Vec<usize>,
}

/// Macros that list functions that are tests.
const LISTS: [&str; 1] = ["needs_whole_set"];

/// The functions of a file, those inside other items too.
pub fn functions(tokens: TokenStream) -> Vec<Function> {
    let mut functions = Vec::new();
    let mut listed = BTreeSet::new();
    collect(tokens, &mut functions, &mut listed);
    functions.iter_mut().for_each(|function| function.is_test |= listed.contains(&function.name));
    functions
}

fn collect(tokens: TokenStream, functions: &mut Vec<Function>, listed: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // Of the item that comes next.
    let mut attributes: Vec<String> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i..] {
            [TokenTree::Punct(p), TokenTree::Group(attribute), ..] if p.as_char() == '#' => {
                attributes.extend(path(attribute.stream()).pop());
                i += 1;
            }
            [TokenTree::Ident(name), TokenTree::Punct(p), TokenTree::Group(list), ..]
                if p.as_char() == '!' && LISTS.iter().any(|list| name == list) =>
            {
                listed.extend(path(list.stream()));
            }
            [TokenTree::Ident(keyword), TokenTree::Ident(name), ..] if keyword == "fn" => {
                let mut function = Function {
                    name: name.to_string(),
                    line: name.span().start().line,
                    ..Function::default()
                };
                function.is_test = attributes.iter().any(|attribute| attribute == "test");
                function.checks = attributes.iter().any(|attribute| attribute == "should_panic");
                attributes.clear();
                if let Some((at, body)) = body(&tokens[i..]) {
                    look(body.stream(), &mut function);
                    functions.push(function);
                    collect(body.stream(), functions, listed);
                    i += at;
                }
            }
            [TokenTree::Group(group), ..] => {
                if group.delimiter() == Delimiter::Brace {
                    attributes.clear();
                }
                collect(group.stream(), functions, listed);
            }
            [TokenTree::Punct(p), ..] if p.as_char() == ';' => attributes.clear(),
            _ => (),
        }
        i += 1;
    }
}

/// The names of a list or path, those in brackets left out.
fn path(tokens: TokenStream) -> Vec<String> {
    let names = tokens.into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    names.collect()
}

/// The body of the function that begins here, and where it is; none where it is only declared.
fn body(tokens: &[TokenTree]) -> Option<(usize, &Group)> {
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(Some((at, group))),
        TokenTree::Punct(p) if p.as_char() == ';' => Some(None),
        _ => None,
    })?
}

/// Whether what has this name fails where something does not hold.
fn is_check(name: &str) -> bool {
    let name = name.strip_prefix("debug_").or(name.strip_prefix("prop_")).unwrap_or(name);
    name.starts_with("assert")
        || ["panic", "unreachable", "expect", "expect_err", "unwrap", "unwrap_err"].contains(&name)
}

fn look(tokens: TokenStream, function: &mut Function) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for i in 0..tokens.len() {
        match &tokens[i..] {
            [TokenTree::Group(group), ..] => look(group.stream(), function),
            [TokenTree::Punct(p), ..] if p.as_char() == '?' => function.checks = true,
            [TokenTree::Ident(name), TokenTree::Punct(p), ..]
                if name == "return" && ";,".contains(p.as_char()) =>
            {
                function.returns.push(name.span().start().line);
            }
            [TokenTree::Ident(name)] if name == "return" => function.returns.push(name.span().start().line),
            [TokenTree::Ident(name), TokenTree::Ident(print), ..]
                if name == "return" && (print == "println" || print == "eprintln") =>
            {
                function.returns.push(name.span().start().line);
            }
            [TokenTree::Ident(name), TokenTree::Punct(p), TokenTree::Group(_), ..] if p.as_char() == '!' => {
                function.checks |= is_check(&name.to_string());
            }
            [TokenTree::Ident(name), TokenTree::Group(group), ..]
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                function.checks |= is_check(&name.to_string());
                function.calls.insert(name.to_string());
            }
            // `name::<T>(…)`
            [TokenTree::Ident(name), TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Punct(c), ..]
                if (a.as_char(), b.as_char(), c.as_char()) == (':', ':', '<') =>
            {
                function.calls.insert(name.to_string());
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_with_what_they_do() {
        let text = "
            #[tokio::test(flavor = \"x\")]
            #[ignore]
            async fn a() { if x { return; } helper::<T>(1).go() }
            mod b {
                #[cfg(test)]
                use c;
                fn d(&self) -> u8 { return 1 + f()?; }
                #[test]
                #[should_panic(expected = \"x\")]
                fn e() { match x { _ => return println!() } }
                fn declared();
            }
            needs_whole_set!(g);
            fn g() { (0..1).for_each(|i| assert_eq!(i, 0)) }
            proptest! {
                #[test]
                fn h(x in 0..1) { let Some(y) = x else { return }; }
            }
        ";
        let functions = functions(text.parse().expect("tokens"));
        let summary: Vec<_> =
            functions.iter().map(|f| (&*f.name, f.line, f.is_test, f.checks, f.returns.len())).collect();
        assert_eq!(
            summary,
            [
                ("a", 4, true, false, 1),
                ("d", 8, false, true, 0),
                ("e", 11, true, true, 1),
                ("g", 15, true, true, 0),
                ("h", 18, true, false, 1),
            ]
        );
        assert!(functions[0].calls.iter().eq(["go", "helper"]));
    }
}
