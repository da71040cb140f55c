using TorchSharp;

namespace Winnow.Networks.Graphs;

/// <summary>Takes the operators of a network one after another, in the words of ONNX; <see cref="GraphOperators"/> has the usual ones ready.</summary>
public interface IGraphBuilder
{
    /// <summary>What a part gives: one of TorchSharp's layers, a <c>Sequential</c>, or an <see cref="IGraphModule"/>.</summary>
    /// <param name="part">The name under which it was registered; with points for a part of a part.</param>
    /// <param name="input">What it is given.</param>
    /// <exception cref="NetworkGraphException">Nobody knows what it computes.</exception>
    GraphValue Call(string part, GraphValue input);

    /// <summary>The same graph, for whom names are those within a part.</summary>
    /// <param name="part">The name under which it was registered.</param>
    IGraphBuilder Within(string part);

    /// <summary>A parameter or a buffer, under its name in the network's state.</summary>
    /// <param name="name">Its name within the module.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    GraphValue State(string name);

    /// <summary>Numbers that belong to no state.</summary>
    /// <param name="values">float32, int64, uint8 or bool; copied. Other floats are taken as float32.</param>
    /// <param name="name">What they are for, within the module; made unique where there are several.</param>
    GraphValue Constant(torch.Tensor values, string name);

    /// <summary>An operator of ONNX's own operator set of version 17, with one output.</summary>
    /// <param name="type">Its name, such as <c>MatMul</c>.</param>
    /// <param name="rank">How many axes the output has.</param>
    /// <param name="inputs">Its inputs; null for one that is left out.</param>
    /// <param name="attributes">Its attributes: <see cref="long"/>, <see cref="double"/>, <see cref="string"/> or <c>long[]</c>.</param>
    /// <exception cref="ArgumentException">An attribute is of another type.</exception>
    GraphValue Operator(string type, int rank, IReadOnlyList<GraphValue?> inputs, params (string Name, object Value)[] attributes);
}
