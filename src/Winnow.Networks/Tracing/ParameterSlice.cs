namespace Winnow.Networks.Tracing;

/// <summary>Some positions along one axis of one tensor of a network's state.</summary>
/// <param name="Tensor">Its name as <c>state_dict</c> has it; of a tensor with several names, the first.</param>
/// <param name="Axis">The axis, from 0.</param>
/// <param name="Indices">Positions along it, ascending, from 0.</param>
public sealed record ParameterSlice(string Tensor, int Axis, IReadOnlyList<int> Indices);
