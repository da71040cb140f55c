namespace Winnow.Curation.Filters;

/// <summary>What C4's rules of lines and texts ask for (Raffel et al. 2020, JMLR 21:140, section 2.2). The defaults are those of the published data set.</summary>
public sealed record C4Options
{
    /// <summary>The fewest sentences that the kept lines must have together. Default 5; 0 asks for none.</summary>
    public int MinSentences { get; init; } = 5;

    /// <summary>The fewest words of a line, parted by white space. Default 3; 0 asks for none.</summary>
    public int MinWordsPerLine { get; init; } = 3;

    /// <summary>The most characters of a line's words. Default 1000.</summary>
    public int MaxWordLength { get; init; } = 1000;

    /// <summary>Whether a line must end in one of <c>. ? ! " '</c> and not in an ellipsis of three points. Default true.</summary>
    public bool RequireTerminalMark { get; init; } = true;

    /// <summary>Whether marks of citations (<c>[12]</c>, <c>[edit]</c>, <c>[citation needed]</c>) are taken out. Default true.</summary>
    public bool RemoveCitations { get; init; } = true;

    /// <summary>Whether lines that mention javascript are dropped. Default true.</summary>
    public bool DropJavascript { get; init; } = true;

    /// <summary>Whether lines about cookies, privacy policies and terms of use are dropped. Default true.</summary>
    public bool DropPolicies { get; init; } = true;

    /// <summary>Whether a text with "lorem ipsum" is rejected as a whole. Default true.</summary>
    public bool RejectLoremIpsum { get; init; } = true;

    /// <summary>Whether a text with an opening curly bracket is rejected as a whole. Default true.</summary>
    public bool RejectCurlyBrackets { get; init; } = true;
}
