using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Winnow.Networks.Tests.Zoo;

/// <summary>Root mean square norm, as users write it: TorchSharp has none.</summary>
internal sealed class RootMeanSquare : Module<Tensor, Tensor>
{
    private readonly Parameter _weight;

    public RootMeanSquare(int channels)
        : base("rms")
    {
        _weight = new Parameter(ones(channels));
        register_parameter("weight", _weight);
    }

    public override Tensor forward(Tensor input) => input * rsqrt(input.pow(2).mean([-1], keepdim: true) + 1e-6) * _weight;
}

internal static class TokenNetworks
{
    public static Tensor Tokens => arange(10).remainder(7).reshape(1, 10);

    public static Net VisionTransformer() => new Net(
        static (net, x) =>
        {
            x = net.Call("patch", x).flatten(2).transpose(1, 2);
            x = cat([net.Own["class"].expand(1, 1, -1), x], 1) + net.Own["place"];
            x += Attention(net, net.Call("n1", x), 4);
            x += net.Call("f2", functional.gelu(net.Call("f1", net.Call("n2", x))));
            return net.Call("head", net.Call("n3", x)[TensorIndex.Colon, 0]);
        },
        ("patch", Conv2d(3, 16, 4, stride: 4)), ("n1", LayerNorm(16)), ("q", Linear(16, 16)), ("k", Linear(16, 16)), ("v", Linear(16, 16)), ("o", Linear(16, 16)),
        ("n2", LayerNorm(16)), ("f1", Linear(16, 32)), ("f2", Linear(32, 16)), ("n3", LayerNorm(16)), ("head", Linear(16, 10)))
        .With("class", zeros(1, 1, 16)).With("place", zeros(1, 17, 16));

    /// <summary>Heads by the width of one, so that fewer of them fit through the same code.</summary>
    private static Tensor Attention(Net net, Tensor x, int width)
    {
        var (q, k, v) = (Heads(net.Call("q", x), width), Heads(net.Call("k", x), width), Heads(net.Call("v", x), width));
        return net.Call("o", Joined(functional.scaled_dot_product_attention(q, k, v)));
    }

    private static Tensor Heads(Tensor x, int width) => x.reshape(x.shape[0], x.shape[1], -1, width).transpose(1, 2);

    private static Tensor Joined(Tensor x) => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1);

    /// <summary>Four query heads on two heads of keys and values, rotary places, RMS norms and SwiGLU.</summary>
    public static Net Gpt() => new(
        static (net, tokens) =>
        {
            var x = net.Call("embed", tokens);
            var y = net.Call("n1", x);
            var (q, k, v) = (Rotate(Heads(net.Call("q", y), 4)), Rotate(Heads(net.Call("k", y), 4)), Heads(net.Call("v", y), 4));
            var queries = q.shape[1] / k.shape[1];
            x += net.Call("o", Joined(functional.scaled_dot_product_attention(q, k.repeat_interleave(queries, 1), v.repeat_interleave(queries, 1), is_casual: true)));
            y = net.Call("n2", x);
            x += net.Call("down", functional.silu(net.Call("gate", y)) * net.Call("up", y));
            return net.Call("head", net.Call("n3", x));
        },
        ("embed", Embedding(7, 12)), ("n1", new RootMeanSquare(12)), ("q", Linear(12, 16, false)), ("k", Linear(12, 8, false)), ("v", Linear(12, 8, false)), ("o", Linear(16, 12, false)),
        ("n2", new RootMeanSquare(12)), ("gate", Linear(12, 20, false)), ("up", Linear(12, 20, false)), ("down", Linear(20, 12, false)), ("n3", new RootMeanSquare(12)), ("head", Linear(12, 7, false)));

    private static Tensor Rotate(Tensor x)
    {
        var (places, half) = (x.shape[2], x.shape[3] / 2);
        var angle = arange(places, dtype: float32).add(1).unsqueeze(1) / arange(1, half + 1, dtype: float32);
        var (one, other) = (x.narrow(3, 0, half), x.narrow(3, half, half));
        return cat([one * angle.cos() - other * angle.sin(), one * angle.sin() + other * angle.cos()], 3);
    }

    /// <summary>Queries, keys and values by one layer.</summary>
    public static Net FusedHeads() => new(
        static (net, tokens) =>
        {
            var x = net.Call("embed", tokens);
            var parts = net.Call("qkv", x).reshape(1, 10, 3, -1, 4).permute(2, 0, 3, 1, 4);
            return net.Call("head", net.Call("o", Joined(functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]))));
        },
        ("embed", Embedding(7, 12)), ("qkv", Linear(12, 48)), ("o", Linear(16, 12)), ("head", Linear(12, 7)));

    /// <summary>The number of heads stands in the code, so that fewer of them can't be run.</summary>
    public static Net HeadCountInCode() => new(
        static (net, tokens) =>
        {
            var x = net.Call("embed", tokens);
            var parts = net.Call("qkv", x).reshape(1, 10, 3, 4, 4).permute(2, 0, 3, 1, 4);
            return net.Call("head", net.Call("o", Joined(functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]))));
        },
        ("embed", Embedding(7, 12)), ("qkv", Linear(12, 48)), ("o", Linear(16, 12)), ("head", Linear(12, 7)));

    /// <summary>The table of tokens is the last layer's weight, too.</summary>
    public static Net Tied()
    {
        var (embed, head) = (Embedding(7, 12), Linear(12, 7, false));
        head.weight = embed.weight!;
        return new(static (net, tokens) => net.Call("head", net.Call("n", net.Call("f2", net.Call("f1", net.Call("embed", tokens)).relu()))), ("embed", embed), ("f1", Linear(12, 20)), ("f2", Linear(20, 12)), ("n", LayerNorm(12)), ("head", head));
    }
}
