//! Columns of field elements, in memory or mapped from a file, in the layout that arithmetic uses.

use std::marker::PhantomData;
use std::sync::Arc;

use educe::Educe;
use memmap2::Mmap;
use quickpickle_runtime::curve::{KimchiCurve, ScalarField};
use quickpickle_srs_data::MontgomeryForm;

/// Bytes of an element: four 64-bit limbs of its Montgomery form, least significant first.
pub(crate) const ELEMENT_BYTES: usize = 32;

/// A column of elements of the scalar field of `C`. Copies share the memory.
#[derive(Educe)]
#[educe(Clone, Debug(bound()))]
pub(crate) struct Limbs<C> {
    storage: Storage,
    start: usize,
    len: usize,
    curve: PhantomData<fn() -> C>,
}

#[derive(Clone, Debug)]
enum Storage {
    Owned(Arc<[[u64; 4]]>),
    Mapped(Arc<Mmap>),
}

impl<C: KimchiCurve> Limbs<C> {
    /// A column in memory.
    pub fn collect(elements: impl Iterator<Item = ScalarField<C>>) -> Self {
        let limbs: Arc<[[u64; 4]]> = elements.map(MontgomeryForm::to_limbs).collect();
        Self { start: 0, len: limbs.len(), storage: Storage::Owned(limbs), curve: PhantomData }
    }

    /// `len` elements of a mapped file from byte `start` on. None where they are not there, or not aligned to 8 bytes.
    ///
    /// The bytes must have been compared with a digest: limbs that are no element make wrong arithmetic.
    pub fn mapped(map: &Arc<Mmap>, start: usize, len: usize) -> Option<Self> {
        let bytes = map.get(start..start.checked_add(len.checked_mul(ELEMENT_BYTES)?)?)?;
        bytemuck::try_cast_slice::<u8, [u64; 4]>(bytes).ok()?;
        Some(Self { storage: Storage::Mapped(map.clone()), start, len, curve: PhantomData })
    }

    fn limbs(&self) -> &[[u64; 4]] {
        match &self.storage {
            Storage::Owned(limbs) => limbs,
            Storage::Mapped(map) => {
                bytemuck::cast_slice(&map[self.start..self.start + self.len * ELEMENT_BYTES])
            }
        }
    }

    /// The bytes as they lie in a file.
    pub fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self.limbs())
    }

    /// The element at `index`, zero beyond the end.
    pub fn get(&self, index: usize) -> ScalarField<C> {
        let element = |limbs: &[u64; 4]| ScalarField::<C>::from_limbs_unchecked(*limbs);
        self.limbs().get(index).map_or_else(ScalarField::<C>::default, element)
    }

    /// All elements.
    pub fn to_vec(&self) -> Vec<ScalarField<C>> {
        self.limbs().iter().map(|limbs| ScalarField::<C>::from_limbs_unchecked(*limbs)).collect()
    }
}
