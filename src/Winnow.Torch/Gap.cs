namespace Winnow.Torch;

/// <summary>How something that TorchSharp lacks is filled in this process.</summary>
public enum GapState
{
    /// <summary>Filled, and its self-test passed.</summary>
    InUse,

    /// <summary>Nothing to fill here: the system or the user has it already.</summary>
    NotNeeded,

    /// <summary>It can't be filled here; the plain way of TorchSharp is taken.</summary>
    Unavailable,
}

/// <summary>One thing that TorchSharp lacks, and what was done about it in this process.</summary>
/// <param name="Name">What it is, such as <c>autocast</c>.</param>
/// <param name="State">How it was filled.</param>
/// <param name="Detail">Half a sentence for a person: what is in use, or why it isn't and what is used instead.</param>
public sealed record Gap(string Name, GapState State, string Detail);
