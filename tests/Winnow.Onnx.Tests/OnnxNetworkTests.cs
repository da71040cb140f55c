using Google.Protobuf;
using Onnx;
using Winnow.Data;
using Winnow.Onnx.Tests.Support;

namespace Winnow.Onnx.Tests;

/// <summary>Files of networks: read, written, refused.</summary>
public sealed class OnnxNetworkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_again()
    {
        var network = Small();
        network.Save(_folder["a.onnx"]);
        var again = OnnxNetwork.Load(_folder["a.onnx"]);
        Assert.Equal(network.Model, again.Model);
        Assert.Equal(["x (float [?, 3])"], again.Inputs.Select(static port => port.ToString()));
        Assert.Equal(["y (float [?, 2])"], again.Outputs.Select(static port => port.ToString()));
        Assert.Equal(17, again.Opset);
    }

    [Fact]
    public void Weights_in_a_file_beside_it_are_read()
    {
        var network = Small();
        var bytes = network.Model.Graph.Initializer.First(static tensor => tensor.Name == "y.weight").FloatData.SelectMany(BitConverter.GetBytes).ToArray();
        File.WriteAllBytes(_folder["a.data"], [1, 2, 3, 4, .. bytes]);
        Write("a.data", "4", "24");
        Assert.Equal(bytes, OnnxNetwork.Load(_folder["a.onnx"]).Model.Graph.Initializer.First(static tensor => tensor.Name == "y.weight").RawData.ToByteArray());

        Refused("has 28 bytes, and ", "a.data", "8", "24");
        Refused("isn't a file of its folder", "../a.data", "4", "24");
        Refused("can't be read", "b.data", "4", "24");
        Refused("offset of the weights \"y.weight\" is \"four\"", "a.data", "four", "24");

        void Refused(string part, params string[] facts)
        {
            Write(facts);
            Assert.Contains(part, Assert.Throws<DataException>(() => OnnxNetwork.Load(_folder["a.onnx"])).Message, StringComparison.Ordinal);
        }

        void Write(params string[] facts)
        {
            var model = network.Model.Clone();
            var tensor = model.Graph.Initializer.First(static tensor => tensor.Name == "y.weight");
            tensor.FloatData.Clear();
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.AddRange(new[] { "location", "offset", "length" }.Zip(facts, static (key, value) => new StringStringEntryProto { Key = key, Value = value }));
            File.WriteAllBytes(_folder["a.onnx"], model.ToByteArray());
        }
    }

    [Fact]
    public void Files_that_are_no_model_are_told()
    {
        Assert.Contains("can't be read", Assert.Throws<DataException>(() => OnnxNetwork.Load(_folder["none.onnx"])).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["a.onnx"], "nothing of the kind");
        Assert.Contains("isn't an ONNX model", Assert.Throws<DataException>(() => OnnxNetwork.Load(_folder["a.onnx"])).Message, StringComparison.Ordinal);
        File.WriteAllBytes(_folder["a.onnx"], Small().Model.ToByteArray()[..^20]);
        Assert.Contains("isn't an ONNX model", Assert.Throws<DataException>(() => OnnxNetwork.Load(_folder["a.onnx"])).Message, StringComparison.Ordinal);
    }

    private static OnnxNetwork Small()
    {
        var graph = new GraphBuilder();
        graph.Gemm("y", graph.Input("x", 0, 3), 3, 2);
        return graph.Output("y", 0, 2).Network;
    }
}
