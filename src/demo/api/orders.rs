//! The orders that the API shows: enough of them, and of enough kinds, to be worth looking at.

use serde_json::{Value, json};

use crate::demo::state::Shared;

const ORDERS: &str = include_str!("../../../assets/demo/orders.json");

/// Orders that can be created at most; the oldest give way.
const MOST_CREATED: usize = 100;

/// All orders, those of the file first.
pub fn all(shared: &Shared) -> Vec<Value> {
    let mut orders: Vec<Value> = serde_json::from_str(ORDERS).expect("assets/demo/orders.json is a list");
    orders.extend(shared.state().orders.iter().cloned());
    orders
}

/// A page of orders in the API's envelope.
pub fn page(shared: &Shared, limit: usize) -> Value {
    let orders = all(shared);
    let total = orders.len();
    let shown: Vec<_> = orders.into_iter().take(limit).collect();
    json!({ "orders": shown, "total": total, "limit": limit })
}

/// Reads an order to create: an item and a quantity.
pub fn read(body: &[u8]) -> Result<Value, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "The body must be JSON")?;
    let item = body["item"].as_str().filter(|item| !item.is_empty()).ok_or("item must be a text")?;
    let quantity = body["quantity"].as_u64().filter(|quantity| *quantity > 0).ok_or("quantity must be 1 or more")?;
    Ok(json!({ "item": item, "quantity": quantity }))
}

/// Adds an order and returns it with its number.
pub fn add(shared: &Shared, order: &Value, subject: Option<&str>) -> Value {
    let last = all(shared).last().and_then(|order| order["number"].as_u64());
    let number = last.unwrap_or_default() + 1;
    let order = json!({
        "number": number,
        "status": "new",
        "customer": subject,
        "lines": [{ "item": order["item"], "quantity": order["quantity"] }],
    });
    let mut state = shared.state();
    if state.orders.len() >= MOST_CREATED {
        state.orders.remove(0);
    }
    state.orders.push(order.clone());
    order
}
