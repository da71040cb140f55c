namespace Winnow.Curation.Running;

/// <summary>How far a step is.</summary>
/// <param name="Step">What is being done, such as "signing".</param>
/// <param name="Done">How much of it is done, in its unit.</param>
/// <param name="Total">How much there is.</param>
/// <param name="Unit">What is counted: bytes as they lie on the disk, or documents.</param>
public readonly record struct CurationProgress(string Step, long Done, long Total, string Unit);
