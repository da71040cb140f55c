namespace Winnow.Curation.Signals;

/// <summary>The parts of the work on a text; a signal says which it needs, and only those are done.</summary>
[Flags]
internal enum SignalStages
{
    None = 0,
    Tokens = 1 << 0,
    TopNGrams = 1 << 1,
    DuplicateNGrams = 1 << 2,
    Lines = 1 << 3,
    Duplicates = 1 << 4,
    FineWeb = 1 << 5,
    C4 = 1 << 6,
    NormalizedWords = 1 << 7,
    NormalizedTop = 1 << 8,
    NormalizedDuplicates = 1 << 9,
    RawWords = 1 << 10,
    RawText = 1 << 11,
    RawLines = 1 << 12,
}
