namespace Winnow.Samples;

/// <summary>How the values that several processes wrote for one sample become one.</summary>
public enum Merge
{
    /// <summary>The latest write counts.</summary>
    LastWriter,

    /// <summary>They are added.</summary>
    Sum,

    /// <summary>The largest counts.</summary>
    Max,
}
