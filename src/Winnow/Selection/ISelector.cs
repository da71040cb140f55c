namespace Winnow.Selection;

/// <summary>Chooses which samples are kept, once, before a model is trained on them.</summary>
public interface ISelector
{
    /// <summary>What of <see cref="SelectionInput"/> has to be there.</summary>
    SelectionNeeds Needs { get; }

    /// <summary>Whether the order is one by worth, so that its first j are what the selector would choose if asked for j.</summary>
    bool IsRanked { get; }

    /// <summary>
    /// Chooses exactly so many samples. The same input gives the same selection, whatever the number of threads; of samples that are equally good the one with the smaller id
    /// comes first, unless the selector draws.
    /// </summary>
    /// <param name="input">The samples, with all that is needed. Checked by <see cref="SelectorExtensions.Choose"/>, which calls this.</param>
    /// <param name="keep">How many, in [0, count].</param>
    /// <exception cref="SelectionException">The budget can't be met, or the samples don't allow it; says what would.</exception>
    SampleSelection Select(SelectionInput input, int keep);
}
