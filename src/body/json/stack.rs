//! Which containers are open: one bit for each, `true` for objects.

/// Bits in a word.
const BITS: usize = u64::BITS as usize;

/// Open containers. May be restored from the innermost 64 only; then it must not be emptied further than those.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// Containers that are open, but of which nothing is known any more.
    below: usize,
    words: Vec<u64>,
    len: usize,
}

impl Stack {
    /// As it was when [`Self::depth`] and [`Self::innermost`] were taken.
    pub fn restore(depth: usize, innermost: u64) -> Self {
        let len = depth.min(BITS);
        Self { below: depth - len, words: vec![innermost], len }
    }

    /// How many containers are open.
    pub const fn depth(&self) -> usize {
        self.below + self.len
    }

    /// Is the innermost one an object?
    pub fn is_object(&self) -> bool {
        self.len > 0 && self.bit(self.len - 1)
    }

    /// An object opens.
    pub fn push_object(&mut self) {
        self.push(1);
    }

    /// An array opens.
    pub fn push_array(&mut self) {
        self.push(0);
    }

    /// The innermost one closes.
    pub const fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// The innermost 64, the innermost one in the highest place that is used.
    pub fn innermost(&self) -> u64 {
        let known = self.len.min(BITS);
        (0..known).fold(0, |bits, at| bits | u64::from(self.bit(self.len - known + at)) << at)
    }

    fn push(&mut self, bit: u64) {
        let (word, at) = (self.len / BITS, self.len % BITS);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] = self.words[word] & !(1 << at) | bit << at;
        self.len += 1;
    }

    fn bit(&self, at: usize) -> bool {
        self.words.get(at / BITS).is_some_and(|word| word >> (at % BITS) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_restored_answers_as_before() {
        let mut stack = Stack::default();
        for level in 0..1000 {
            if level % 3 == 0 { stack.push_object() } else { stack.push_array() }
        }
        let mut restored = Stack::restore(stack.depth(), stack.innermost());
        for _ in 0..BITS {
            assert_eq!((restored.depth(), restored.is_object()), (stack.depth(), stack.is_object()));
            stack.pop();
            restored.pop();
        }
        assert_eq!(restored.depth(), stack.depth());
        let mut empty = Stack::restore(0, 0);
        empty.push_object();
        assert!(empty.is_object());
    }
}
