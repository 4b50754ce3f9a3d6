package org.shmimtcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class EndpointTest {
    @Test
    void isWrittenAsItIsTyped() {
        assertThat(new Endpoint("192.168.2.2", 8886)).hasToString("192.168.2.2:8886");
        assertThat(new Endpoint("rtc", 1)).hasToString("rtc:1");
        assertThat(new Endpoint("fe80::1", 8886)).hasToString("[fe80::1]:8886");
    }

    @Test
    void resolvesNumbersWithoutAskingAnybody() throws UnknownHostException {
        InetSocketAddress address = new Endpoint("192.0.2.7", 8886).resolve();
        assertThat(address.getAddress().getAddress()).containsExactly(192, 0, 2, 7);
        assertThat(address.getPort()).isEqualTo(8886);
        assertThat(Endpoint.describe(address)).isEqualTo("192.0.2.7:8886");
    }

    @Test
    void describesVersionSixInBrackets() throws UnknownHostException {
        InetAddress loopback = new Endpoint("::1", 5).resolve().getAddress();
        assertThat(Endpoint.describe(new InetSocketAddress(loopback, 5)))
                .isEqualTo("[0:0:0:0:0:0:0:1]:5");
    }

    @Test
    void refusesANameThatNobodyHas() {
        Endpoint nowhere = new Endpoint("no-such-host.invalid", 5);
        assertThatThrownBy(nowhere::resolve).isInstanceOf(UnknownHostException.class);
    }
}
