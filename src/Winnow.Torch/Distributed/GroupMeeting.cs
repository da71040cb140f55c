using System.Globalization;
using System.Net;

namespace Winnow.Torch.Distributed;

/// <summary>How a group comes about: ranks meet at rank 0, which tells each where the others listen for it. What they meet with belongs to the caller.</summary>
internal static class GroupMeeting
{
    /// <summary>Rank 0's part: it listens, and waits until all are there.</summary>
    public static (IReadOnlyList<RankLink> Links, GlooExchanges Gloo, IReadOnlyList<byte[]> Addresses) Found(RankEnvironment place, ProcessGroupOptions options, LauncherStore? store)
    {
        // The launcher's store keeps its port; ranks are told of ours through it.
        var links = RankMeeting.Gather(store is null ? place : place with { Port = 0, Host = "0.0.0.0" }, options, port =>
        {
            store?.Set(StoreKey(place), string.Create(CultureInfo.InvariantCulture, $"{OwnAddress(store)} {port}"));
            options.Listening?.Invoke(port);
        });
        GlooExchanges gloo;
        try
        {
            RequireOneFamily(links);
            gloo = Open(links[0], place, options);
        }
        catch (RankSetupException error)
        {
            RankMeeting.Refuse(links, error.Message);
            throw;
        }

        return (links, gloo, RankMeeting.Welcome(links, gloo.Addresses()));
    }

    /// <summary>The others' part.</summary>
    public static (IReadOnlyList<RankLink> Links, GlooExchanges Gloo, IReadOnlyList<byte[]> Addresses) Follow(RankEnvironment place, ProcessGroupOptions options, LauncherStore? store)
    {
        var port = place.Port;
        if (store is not null)
        {
            var where = store.Get(StoreKey(place), options.MeetingTimeout).Split(' ');
            place = where[0].Length > 0 ? place with { Host = where[0] } : place;
            port = int.Parse(where[1], CultureInfo.InvariantCulture);
        }

        var link = RankMeeting.Visit(place, port, options);
        GlooExchanges? gloo = null;
        byte[][] addresses;
        try
        {
            gloo = Open(link, place, options);
            addresses = RankMeeting.Join(link, place, port, options, gloo.Addresses());
        }
        catch
        {
            gloo?.Dispose();
            link.Dispose();
            throw;
        }

        return ([link], gloo, addresses);
    }

    // The address that this process has towards rank 0 is one at which the other ranks reach it, too.
    private static GlooExchanges Open(RankLink link, RankEnvironment place, ProcessGroupOptions options)
    {
        try
        {
            return new GlooExchanges($"{link.LocalAddress}", place.Rank, place.Size, options.Timeout);
        }
        catch (ExchangeFailedException error)
        {
            throw new RankSetupException($"rank {place.Rank} can't listen for the others at its address {link.LocalAddress}: {error.Message}", error);
        }
    }

    private static void RequireOneFamily(List<RankLink> links)
    {
        if (links.Find(link => link.LocalAddress.AddressFamily != links[0].LocalAddress.AddressFamily) is { } other)
        {
            throw new RankSetupException(
                $"{links[0].Name} reaches rank 0 at {links[0].LocalAddress} and {other.Name} at {other.LocalAddress}, and ranks have to reach each other, too: give MASTER_ADDR as an address in numbers, the same for all ranks.");
        }
    }

    private static string StoreKey(RankEnvironment place) => string.Create(CultureInfo.InvariantCulture, $"winnow/rank0/{place.LauncherAttempt}");

    // The store may be on another machine than rank 0; on the same one its address, which the others know, is better than one that they can't use.
    private static string OwnAddress(LauncherStore store) => IPAddress.IsLoopback(store.LocalAddress) ? "" : $"{store.LocalAddress}";
}
